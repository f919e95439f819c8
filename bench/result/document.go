package result

import (
	"fmt"
	"os"
	"strings"
)

// ReplaceBetween replaces the text between two lines of the document at path.
func ReplaceBetween(path, begin, end, text string) error {
	return EditBetween(path, begin, end, func(string) string { return text })
}

// EditBetween edits the text between two lines of the document at path.
func EditBetween(path, begin, end string, edit func(string) string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(data), begin)
	was, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: no place for the measurements, between %q and %q", path, begin, end)
	}
	return WriteFile(path, []byte(before+begin+edit(was)+end+after))
}
