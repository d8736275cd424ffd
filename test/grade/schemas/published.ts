/**
 * JSON Schemas of the fields that each format publishes on the page named; any other field is an error here. The pages
 * publish examples and sentences, not schemas, so these are our reading of them.
 */
const number = { type: 'number' };
const string = { type: 'string' };
const visibility = { enum: ['hidden', 'after_due_date', 'after_published', 'visible'] };
const textFormat = { enum: ['text', 'html', 'simple_format', 'md', 'ansi'] };

/** https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format */
export const GRADESCOPE = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['score'] }, { required: ['tests'] }],
  properties: {
    score: number,
    execution_time: number,
    output: string,
    output_format: textFormat,
    test_output_format: textFormat,
    test_name_format: textFormat,
    visibility,
    stdout_visibility: visibility,
    extra_data: { type: 'object' },
    tests: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          score: number,
          max_score: number,
          status: { enum: ['passed', 'failed'] },
          name: string,
          name_format: textFormat,
          number: string,
          output: string,
          output_format: textFormat,
          tags: { type: 'array', items: string },
          visibility,
          extra_data: { type: 'object' },
        },
      },
    },
    leaderboard: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'value'],
        properties: { name: string, value: { type: ['number', 'string'] }, order: { enum: ['asc', 'desc'] } },
      },
    },
  },
};

/** A data: URL with a label, or, as older graders have it, the URL alone. */
const images = {
  type: 'array',
  items: {
    anyOf: [
      string,
      {
        type: 'object',
        additionalProperties: false,
        required: ['url'],
        properties: { url: string, label: string },
      },
    ],
  },
};

/** https://docs.prairielearn.com/externalGrading/#grading-results; `score` is not wanted of what is not gradable. */
export const PRAIRIELEARN = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['score'] }, { required: ['gradable'], properties: { gradable: { const: false } } }],
  properties: {
    gradable: { type: 'boolean' },
    score: { type: 'number', minimum: 0, maximum: 1 },
    message: string,
    output: string,
    format_errors: { anyOf: [string, { type: 'array', items: string }] },
    images,
    tests: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          name: string,
          description: string,
          points: number,
          max_points: number,
          message: string,
          output: string,
          images,
        },
      },
    },
  },
};

/** https://cs50.github.io/check50/json_specification.html */
export const CHECK50 = {
  type: 'object',
  additionalProperties: false,
  required: ['slug', 'results', 'version'],
  properties: {
    slug: string,
    version: string,
    error: { type: 'object' },
    results: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'description', 'passed', 'log', 'cause', 'data', 'dependency'],
        properties: {
          name: string,
          description: string,
          passed: { type: ['boolean', 'null'] },
          log: { type: 'array', items: string },
          cause: {
            anyOf: [
              { type: 'null' },
              {
                type: 'object',
                required: ['rationale', 'help'],
                properties: { rationale: string, help: { type: ['string', 'null'] } },
              },
            ],
          },
          data: { type: 'object' },
          dependency: { type: ['string', 'null'] },
        },
      },
    },
  },
};
