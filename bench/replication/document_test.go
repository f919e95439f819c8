//go:build linux

package main

import "testing"

// TestReplaceLines keeps lines of parts and makes that were not measured again.
func TestReplaceLines(t *testing.T) {
	const before, after = "# Replication\n" + linesBegin, linesEnd + "More.\n"
	text := before +
		"cachegopher  cpu: old\n" +
		"cachegopher  cpu: old too\n" +
		"redis-server cpu: kept\n" +
		"cachegopher  sync: kept\n" + after
	got, err := replaceLines(text, []string{"14:00 up 5 days", "cachegopher  cpu: new", "cachegopher  lag: new"})
	want := before +
		"cachegopher  cpu: new\n" +
		"redis-server cpu: kept\n" +
		"cachegopher  lag: new\n" +
		"cachegopher  sync: kept\n" + after
	if err != nil || got != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	if _, err := replaceLines("# Replication\n", nil); err == nil {
		t.Error("no error for a document without a place")
	}
}
