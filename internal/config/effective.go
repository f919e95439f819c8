package config

import (
	"encoding/json"
	"io"
)

// WriteEffective writes f as a config file in which nothing is left to defaults: each server has all
// its effective values. Load reads it back as the same topology.
func (f *File) WriteEffective(w io.Writer) error {
	return writeJSON(w, showObject(fileKeys, f))
}

// WriteEffective writes the effective values of one server.
func (n *Node) WriteEffective(w io.Writer) error {
	return writeJSON(w, showObject(serverKeys, n))
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
