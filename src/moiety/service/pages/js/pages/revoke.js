// Starts the page; kept apart so that tests can load its states without starting it.

import { main } from "../revoke.js";

main();
