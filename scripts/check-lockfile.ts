import { readFileSync } from 'node:fs';
import { brokenLockfileRules } from './lockfile-rules.js';

const broken = brokenLockfileRules(JSON.parse(readFileSync('package-lock.json', 'utf8')));
for (const sentence of broken) console.error(sentence);
if (broken.length > 0) process.exitCode = 1;
