# The failures in an output of go test -v: what each failed test printed (its last 30 lines), and what names a failed
# package, a panic or a data race. .ci/run prints them once more at its end, where whoever sees only the last lines of
# its output finds them.
/^=== RUN / { if ($3 !~ /\//) n = 0 }
{ lines[n++ % 30] = $0 }
/^--- FAIL/ {
	for (i = n > 30 ? n - 30 : 0; i < n; i++) print substr(lines[i % 30], 1, 300)
	n = 0
}
/^--- (PASS|SKIP)/ { n = 0 }
/^(FAIL\t|FAILED: |panic: |fatal error: |WARNING: DATA RACE)/ { print substr($0, 1, 300) }
