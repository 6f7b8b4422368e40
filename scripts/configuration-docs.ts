/** Renders the table of variables for people: `docs/configuration.md` and `.env.example`. */
import { groups } from '../src/config-variables.js';
import type { Variable } from '../src/config-variables.js';

const normally = (variable: Variable): string =>
  variable.default === undefined ? (variable.otherwise ?? '') : `\`${variable.default}\``;
const sample = ({ example }: Variable): string => (example.includes('`') ? example : `\`${example}\``);

export function configurationPage(): string {
  const chapters = Object.entries(groups).map(([title, table]) => {
    const rows = Object.entries(table).map(
      ([name, variable]) =>
        `| \`${name}\` | ${variable.about}<br>Takes ${variable.kind.expected}. | ${normally(variable)} | ${sample(variable)} |`,
    );
    return [
      `## ${title}`,
      '',
      '| Variable | Meaning | Default | Example |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n');
  });
  return [introduction, ...chapters].join('\n');
}

const introduction = `<!-- Made from src/config-variables.ts by \`npm run docs\`; change it there. -->
# Configuration

Gatehouse is configured by environment variables. With none set it runs on \`http://localhost:3000/oidc\` with an embedded
store. It reads them once, at start, and says everything that is wrong with them at once.

- A file \`.env\` in the working directory adds variables that the environment doesn't set. Start from \`.env.example\`.
- Any variable can be given as a file: \`MASTER_KEY_FILE=/run/secrets/master_key\` takes the value from there, without the
  line break at its end. This keeps secrets out of process lists and is how containers get theirs.
- An empty variable counts as not set. In \`.env\` a \`#\` starts a comment: values that hold one stand in quotes.
- Times are in seconds, or with a unit: \`90s\`, \`15m\`, \`12h\`, \`30d\`.
`;

export function environmentExample(): string {
  const chapters = Object.entries(groups).map(([title, table]) => {
    const lines = Object.entries(table).map(([name, variable]) =>
      name === 'MASTER_KEY'
        ? `# MASTER_KEY_FILE=/run/secrets/master_key`
        : `# ${name}=${quoted(variable.default ?? variable.example)}`,
    );
    return [`# ${title}`, ...lines, ''].join('\n');
  });
  return [
    '# Copy to .env and take the # away from what you change. docs/configuration.md says what each one means.\n',
    ...chapters,
  ].join('\n');
}

/** dotenv takes an unquoted # for the start of a comment. */
const quoted = (text: string): string => (/[#\s]/.test(text) ? `"${text}"` : text);
