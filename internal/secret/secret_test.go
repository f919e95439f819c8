package secret

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	full, empty := filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	for path, text := range map[string]string{full: "pass word\r\n", empty: "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		password, file, want string
		fails                bool
	}{
		{}, {password: "pw", want: "pw"}, {file: full, want: "pass word"},
		{file: empty, fails: true}, {file: filepath.Join(dir, "none"), fails: true}, {password: "pw", file: full, fails: true},
	} {
		got, err := Password(func(name string) string {
			return map[string]string{Variable: c.password, FileVariable: c.file}[name]
		})
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%q and %q come to %q, %v", c.password, c.file, got, err)
		}
	}
}
