package replication

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReplaceLines: lines of parts and makes that were not measured again stay.
func TestReplaceLines(t *testing.T) {
	const before, after = "# Replication\n" + linesBegin, linesEnd + "More.\n"
	text := before +
		"cachegopher  cpu: old\n" +
		"cachegopher  cpu: old too\n" +
		"redis-server cpu: kept\n" +
		"cachegopher  sync: kept\n" + after
	path := filepath.Join(t.TempDir(), "document.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	err := Document(path, []string{"14:00 up 5 days", "cachegopher  cpu: new", "cachegopher  lag: new"})
	got, _ := os.ReadFile(path)
	want := before +
		"cachegopher  cpu: new\n" +
		"redis-server cpu: kept\n" +
		"cachegopher  lag: new\n" +
		"cachegopher  sync: kept\n" + after
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	write("# Replication\n")
	if err := Document(path, nil); err == nil {
		t.Error("no error for a document without a place")
	}
}
