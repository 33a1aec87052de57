export interface SdkResult {
  readonly measure: 'sdk';
  readonly cpuPercent: number;
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

export async function measureSdk(seconds: number, _say: (text: string) => void): Promise<SdkResult> {
  return { measure: 'sdk', cpuPercent: 0, bytesPerSecond: 0, seconds };
}
