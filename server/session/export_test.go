package session

import (
	"bytes"
	"unicode"
)

// AllCommands and AllDialects are those of every package, which the tests of this one cannot import: another file of the
// test sets them.
var (
	AllCommands []Command
	AllDialects []*Dialect
)

// knowsLine reports whether a word is a command of the line dialect, which takes upper case alone.
func (n *Node) knowsLine(word []byte) bool {
	return !bytes.ContainsFunc(word, unicode.IsLower) && n.table.dialects[1].find(word) != nil
}
