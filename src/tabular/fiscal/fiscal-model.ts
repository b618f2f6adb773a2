/** A model of a table of facts as the OpenSpending API ("babbage") has it; its keys are the API's. */
export interface BabbageModel {
  readonly fact_table: string;
  readonly measures: Readonly<Record<string, BabbageMeasure>>;
  readonly dimensions: Readonly<Record<string, BabbageDimension>>;
  readonly hierarchies: Readonly<Record<string, { readonly levels: readonly string[] }>>;
}

export interface BabbageMeasure {
  readonly label: string;
  readonly column: string;
  readonly orig_measure: string;
  readonly currency?: string;
}

export interface BabbageDimension {
  readonly label: string;
  readonly key_attribute: string;
  readonly label_attribute?: string;
  readonly orig_dimension: string;
  readonly attributes: Readonly<Record<string, BabbageAttribute>>;
}

export interface BabbageAttribute {
  readonly column: string;
  readonly label: string;
  readonly datatype: string;
  readonly orig_attribute: string;
}

/** A column of the table of facts. */
export interface FactColumn {
  /** Name of the field in the schema of the resource. */
  readonly field: string;
  readonly column: string;
  readonly type: string;
  /** What its values are multiplied by. */
  readonly factor?: string;
  /** Fields whose values are put before its own, with " - " between them: a code that is a part of a longer one. */
  readonly parents?: readonly string[];
}

/** How a fiscal package becomes a table and a model of it. */
export interface FiscalModel {
  readonly generation: '0.3' | '1.0';
  readonly id: string;
  readonly columns: readonly FactColumn[];
  /** Columns that are looked up by. */
  readonly indexes: readonly (readonly string[])[];
  readonly model: BabbageModel;
}
