#!/usr/bin/env node
// The compiler cannot mark its output as executable, and npx runs this package's own commands through a link to them.
import '../dist/src/cli/main.js';
