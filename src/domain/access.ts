/** GitHub's repository roles from least to most; GitHub's `role_name`, not its legacy `permission`. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;

export type Role = (typeof roles)[number];

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}

/** Whether someone with `actual` may do what needs `required`. */
export function roleAllows(actual: Role, required: Role): boolean {
  return roles.indexOf(actual) >= roles.indexOf(required);
}

/** Outcome of an access check; a denial is the default wherever a check cannot be made. */
export type AccessDecision =
  | { readonly kind: 'allowed'; readonly role: Role }
  | { readonly kind: 'denied'; readonly role: Role; readonly required: Role };
