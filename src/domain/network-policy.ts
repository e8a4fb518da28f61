/**
 * What a sandbox may reach.
 * `none`: not even a network namespace with a route; `gateway`: the model gateway and the run-scoped MCP endpoint only;
 * `allowlist`: those and the named hosts, through a logging proxy; `open`: the internet, never this host.
 */
export type NetworkPolicy =
  | { readonly mode: 'none' }
  | { readonly mode: 'gateway' }
  | { readonly mode: 'allowlist'; readonly hosts: readonly string[] }
  | { readonly mode: 'open' };
