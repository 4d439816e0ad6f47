// Adds up the JSON results of test runs, names what failed, and prints `N passed, N failed, N skipped` as the last line.
// A run that left no result, ran no test or skipped one where nothing may be skipped counts as failed.
import { existsSync, readFileSync } from 'node:fs';

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`no result in ${file}`);
    totals.failed += 1;
    continue;
  }
  const run = JSON.parse(readFileSync(file, 'utf8'));
  const suites = run.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  for (const { name, message } of suites) console.log(`could not run ${name}: ${message}`);
  for (const { name, assertionResults } of run.testResults) {
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status === 'failed') console.log(`failed: ${name}: ${fullName}\n${failureMessages.join('\n')}`);
    }
  }
  totals.passed += run.numPassedTests;
  totals.failed += run.numFailedTests + suites.length + (run.numTotalTests === 0 ? 1 : 0);
  totals.skipped += run.numPendingTests + run.numTodoTests;
}
const skipIsFailure = process.env.HHB_REQUIRE_ALL === '1' && totals.skipped > 0;
if (skipIsFailure) console.log('tests were skipped, and HHB_REQUIRE_ALL=1 allows no skips');
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || skipIsFailure ? 1 : 0;
