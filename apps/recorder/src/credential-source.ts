/** What the AWS SDK notes on credentials about how they were found, by the name of each way. */
interface Attributed {
  readonly $source?: object;
}

/** From the particular to the general: credentials of an SSO profile are also noted as those of a profile. */
const sources: readonly (readonly [feature: RegExp, words: (profile: string) => string])[] = [
  [/_SSO(_LEGACY)?$/, (profile) => `SSO (profile ${profile})`],
  [/_LOGIN$/, (profile) => `aws login (profile ${profile})`],
  [/_PROCESS$/, (profile) => `the credential process of profile ${profile}`],
  [/_WEB_ID(_TOKEN)?$/, () => "a web identity token"],
  [/_ASSUME_ROLE$/, (profile) => `the role of profile ${profile}`],
  [/_IMDS$/, () => "the instance"],
  [/_HTTP$/, () => "the container"],
  [/_ENV_VARS$/, () => "the environment (AWS_ACCESS_KEY_ID)"],
  [/_PROFILE(_|$)/, (profile) => `profile ${profile}`],
];

/** Where credentials came from, in words that fit behind "from". Undefined when they do not say. */
export function credentialSource(credentials: Attributed, profile = "default"): string | undefined {
  const features = Object.keys(credentials.$source ?? {});
  return sources.find(([feature]) => features.some((name) => feature.test(name)))?.[1](profile);
}
