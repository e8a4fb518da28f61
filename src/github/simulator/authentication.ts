import { verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { apiError, type ApiCaller } from './exchange.ts';
import type { Hub } from './hub.ts';
import { clientIdOf } from './json/account-json.ts';
import type { SimulatedApp } from './state.ts';

/** The app that calls itself, and the half of its key that GitHub keeps. */
export interface KnownApp {
  readonly app: SimulatedApp;
  readonly publicKey: KeyObject;
}

const jwtHeader = z.object({ alg: z.literal('RS256') });
const jwtClaims = z.object({
  iat: z.number(),
  exp: z.number(),
  iss: z.union([z.string(), z.number()]),
});

/** Longest life GitHub grants an app's own token, and how far a client's clock may be ahead, in seconds. */
const longestLife = 600;
const clockTolerance = 60;

/**
 * Who sends a request with this `Authorization` header.
 * @throws HTTPException 401 with GitHub's body for credentials that are wrong or expired.
 */
export function authenticate(hub: Hub, identity: KnownApp, header: string | undefined): ApiCaller {
  if (!header) return { kind: 'anonymous' };
  const [, scheme, credential] = /^(bearer|token)\s+(\S+)$/i.exec(header) ?? [];
  if (!scheme || !credential) throw apiError(401, 'Bad credentials');
  const token = hub.state.tokens.get(credential);
  if (token && token.expiresAt > hub.clock.now()) return { kind: 'installation', token };
  if (credential.startsWith('ghs_') || credential.split('.').length !== 3) {
    throw apiError(401, 'Bad credentials');
  }
  return { kind: 'app', app: verifyAppToken(hub, identity, credential) };
}

function verifyAppToken(hub: Hub, { app, publicKey }: KnownApp, jwt: string): SimulatedApp {
  const undecodable = () => apiError(401, 'A JSON web token could not be decoded');
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const parsedClaims = jwtClaims.safeParse(decodePart(claims));
  if (!jwtHeader.safeParse(decodePart(header)).success || !parsedClaims.success) throw undecodable();
  const { iat, exp, iss } = parsedClaims.data;
  if (![String(app.id), clientIdOf(app)].includes(String(iss))) {
    throw apiError(404, 'Integration not found');
  }
  const signed = Buffer.from(`${header}.${claims}`);
  if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))) throw undecodable();
  checkTimes(hub.clock.now() / 1000, iat, exp);
  return app;
}

function checkTimes(now: number, issuedAt: number, expiresAt: number): void {
  const claim = "'Expiration time' claim ('exp')";
  if (expiresAt <= now) {
    throw apiError(
      401,
      `${claim} must be a numeric value representing the future time at which the assertion expires`,
    );
  }
  if (expiresAt > now + longestLife || expiresAt - issuedAt > longestLife + clockTolerance) {
    throw apiError(401, `${claim} is too far in the future`);
  }
  if (issuedAt > now + clockTolerance) {
    throw apiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}

function decodePart(part: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return value;
  } catch {
    return undefined;
  }
}
