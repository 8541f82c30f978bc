// Documents as four independent libraries make them: node issue.mjs FOLDER (after pki.py wrote keys there).
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const folder = process.argv[2]
const at = (name) => path.join(folder, name)
const json = (name) => JSON.parse(fs.readFileSync(at(name)))
const der = (name) => new Uint8Array(fs.readFileSync(at(`${name}.der`)))
const pem = (name) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der(name)).toString('base64').match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`
const open = ({ d, ...rest }) => rest
const { now, issuer } = json('now.json')
const day = (days) => new Date((now + days * 86400) * 1000)
const portrait = new Uint8Array(fs.readFileSync(at('portrait.jpg')))
const sha = (name, bytes) => new Uint8Array(crypto.createHash(name.replace('-', '').toLowerCase()).update(bytes).digest())
const sign = (jwk, bytes) => new Uint8Array(crypto.sign('sha256', bytes, { key: crypto.createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }))
const random = (count) => new Uint8Array(crypto.randomBytes(count))
const MDL = 'org.iso.18013.5.1.mDL', SPACE = 'org.iso.18013.5.1', PID = 'eu.europa.ec.eudi.pid.1'
const validity = { signed: day(-10), validFrom: day(-10), validUntil: day(3000) }

async function owf() {
  const { Issuer, DeviceKey, SignatureAlgorithm, DateOnly } = await import('@owf/mdoc')
  const context = {
    crypto: { random, digest: ({ digestAlgorithm, bytes }) => sha(digestAlgorithm, bytes) },
    cose: { sign1: { sign: ({ toBeSigned, key }) => sign(key.jwk, toBeSigned) } },
  }
  const make = async (type, space, signer, values) => {
    const one = new Issuer(type, context)
    one.addIssuerNamespace(space, values)
    const signed = await one.sign({
      signingKey: json(`${signer}.jwk.json`), algorithm: SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256', validityInfo: validity,
      deviceKeyInfo: { deviceKey: DeviceKey.fromJwk(open(json('device.jwk.json'))) }, certificates: [der(signer)],
    })
    return signed.encode()
  }
  const common = { family_name: 'Jones', birth_date: new DateOnly('1990-03-25'), issuing_country: 'UT', portrait }
  fs.writeFileSync(at('owf-mdl.cbor'), await make(MDL, SPACE, 'mdl', { ...common, issue_date: new DateOnly('2025-01-02'), portrait_capture_date: new Date('2024-05-06T10:00:00Z'), driving_privileges: [] }))
  fs.writeFileSync(at('owf-pid.cbor'), await make(PID, PID, 'pid', { ...common, issuance_date: new DateOnly('2025-01-02') }))
}

async function animo() {
  const { Document, MDoc, DateOnly } = await import('@animo-id/mdoc')
  const context = {
    crypto: { random, digest: ({ digestAlgorithm, bytes }) => sha(digestAlgorithm, bytes) },
    cose: { sign1: { sign: ({ sign1, jwk }) => sign(jwk, sign1.getRawSigningData().data) } },
  }
  const made = new Document(MDL, context)
    .addIssuerNameSpace(SPACE, { family_name: 'Jones', birth_date: new DateOnly('1990-03-25'), issue_date: new DateOnly('2025-01-02'), issuing_country: 'UT', portrait, age_over_18: true })
    .useDigestAlgorithm('SHA-256').addValidityInfo(validity).addDeviceKeyInfo({ deviceKey: open(json('device.jwk.json')) })
  const signed = await made.sign({ issuerPrivateKey: json('mdl.jwk.json'), issuerCertificate: pem('mdl'), alg: 'ES256' }, context)
  fs.writeFileSync(at('animo-mdl.cbor'), new MDoc([signed]).encode())
}

async function auth0() {
  const { Document, MDoc } = await import('@auth0/mdl')
  const made = await new Document(MDL)
    .addIssuerNameSpace(SPACE, { family_name: 'Jones', birth_date: '1990-03-25', issue_date: '2025-01-02', issuing_country: 'UT', portrait })
    .useDigestAlgorithm('SHA-256').addValidityInfo(validity).addDeviceKeyInfo({ deviceKey: open(json('device.jwk.json')) })
    .sign({ issuerPrivateKey: json('mdl.jwk.json'), issuerCertificate: pem('mdl'), alg: 'ES256', kid: 'mdl' })
  fs.writeFileSync(at('auth0-mdl.cbor'), new MDoc([made]).encode())
}

async function sdjwt() {
  const { SDJwtVcInstance } = await import('@sd-jwt/sd-jwt-vc')
  const { digest, generateSalt } = await import('@sd-jwt/crypto-nodejs')
  const { StatusList, createHeaderAndPayload } = await import('@sd-jwt/jwt-status-list')
  const b64 = (bytes) => Buffer.from(bytes).toString('base64url')
  const signerOf = (name) => async (text) => b64(sign(json(`${name}.jwk.json`), Buffer.from(text)))
  const x5c = [Buffer.from(der('pid')).toString('base64')]
  const uri = `${issuer}/status/1`
  const picture = 'data:image/jpeg;base64,' + Buffer.from(portrait).toString('base64')
  for (const [name, idx] of [['sdjwt-pid', 5], ['sdjwt-revoked', 7]]) {
    const one = new SDJwtVcInstance({ signer: signerOf('pid'), signAlg: 'ES256', hasher: digest, hashAlg: 'sha-256', saltGenerator: generateSalt, kbSigner: signerOf('device'), kbSignAlg: 'ES256' })
    const claims = { iss: issuer, iat: now - 1000, exp: now + 250000000, vct: 'urn:eudi:pid:1', family_name: 'Jones', picture, date_of_issuance: '2025-01-02', cnf: { jwk: open(json('device.jwk.json')) }, status: { status_list: { idx, uri } } }
    const issued = await one.issue(claims, { _sd: ['family_name', 'picture', 'date_of_issuance'], _sd_decoy: 3 }, { header: { x5c } })
    fs.writeFileSync(at(`${name}.txt`), await one.present(issued, { picture: true, date_of_issuance: true }, { kb: { payload: { iat: now - 10, aud: 'https://desk.example', nonce: 'nonce-of-this-one' } } }))
  }
  const list = new StatusList(new Array(64).fill(0), 1)
  list.setStatus(7, 1)
  const { header, payload } = createHeaderAndPayload(list, { iss: issuer, sub: uri, iat: now - 3600, exp: now + 250000000, ttl: 3600 }, { alg: 'ES256', typ: 'statuslist+jwt', x5c })
  const text = `${b64(JSON.stringify(header))}.${b64(JSON.stringify(payload))}`
  fs.writeFileSync(at('statuslist.jwt'), `${text}.${await signerOf('pid')(text)}`)
}

for (const one of [owf, animo, auth0, sdjwt]) {
  try { await one() } catch (error) { console.error(one.name, error); process.exitCode = 1 }
}
