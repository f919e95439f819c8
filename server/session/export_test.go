package session

import (
	"bytes"
	"unicode"
)

// AllCommands and AllDialects are a node's commands and dialects. The tests of this package cannot import package commands;
// a file of the external test package sets them.
var (
	AllCommands []Command
	AllDialects []*Dialect
)

// knowsLine reports whether a word is a command of the line dialect. They are in upper case.
func (n *Node) knowsLine(word []byte) bool {
	return !bytes.ContainsFunc(word, unicode.IsLower) && n.table.dialects[1].find(word) != nil
}
