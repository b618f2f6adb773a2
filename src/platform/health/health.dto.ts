/** State of the process. */
export class HealthDto {
  /** @example ok */
  status!: string;
  /**
   * State of what the process needs, by name.
   * @example { "database": { "status": "up" } }
   */
  details?: Record<string, object>;
}
