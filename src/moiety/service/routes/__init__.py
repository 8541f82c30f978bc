"""The routes, one module a concept. Each names the roles that may use it (`service.auth.require`)."""
