# Of the output of go test -v: packages, tests that fail or are left out with the line before them, and
# what else begins at the margin.
/^=== (RUN|PAUSE|CONT|NAME)/ || /^ *--- PASS/ || /^PASS$/ { held = ""; next }
/^ *--- (FAIL|SKIP)/ { if (held != "") print held; held = ""; print; fflush(); next }
/^[ \t]/ { held = $0; next }
{ held = ""; print; fflush() }
