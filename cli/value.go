package cli

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
)

// valueResult is a node's answer as a result.
type valueResult struct {
	v       client.Value
	missing bool
	ofNode  bool // what a node says of itself, not what is stored
}

func (r *valueResult) status() int {
	if r.missing {
		return ExitNotFound
	}
	return ExitDone
}

func (r *valueResult) data() any { return jsonValue(r.v) }

func (r *valueResult) text(p *printer) error {
	if p.exact && r.v.Type == '$' {
		if r.ofNode && !bytes.HasSuffix(r.v.Bytes, []byte("\n")) {
			return p.line(string(r.v.Bytes))
		}
		_, err := p.w.Write(r.v.Bytes)
		return err
	}
	if p.exact && r.v.Type == '_' {
		return nil
	}
	return p.value(r.v, "")
}

// value writes v; lines after the first, and those of lists, begin with indent.
func (p *printer) value(v client.Value, indent string) error {
	switch v.Type {
	case '*', '~', '>':
		return p.list(v.Array, indent)
	case '%':
		return p.mapping(v.Array, indent)
	}
	return p.line(p.scalar(v, indent == ""))
}

// scalar formats a value other than a list. Only text outside lists may span several lines.
func (p *printer) scalar(v client.Value, alone bool) string {
	switch v.Type {
	case '_':
		if p.tty {
			return p.paint(dim, "(not found)")
		}
		return ""
	case '-':
		return p.paint(red, "(error) "+p.escape(string(v.Bytes), false))
	case '=':
		return strings.TrimRight(p.escape(strings.ReplaceAll(string(v.Bytes), "\r\n", "\n"), true), "\n")
	case '+', ':', ',', '#', '(':
		return p.escape(v.Text(), alone)
	}
	return p.escape(string(v.Bytes), alone)
}

// escape makes text safe to print on a terminal: unchanged if it is harmless, else quoted
// in the shell's syntax. lines lets newlines and tabs through.
func (p *printer) escape(text string, lines bool) string {
	if !p.tty {
		return text
	}
	check := text
	if lines {
		check = strings.NewReplacer("\n", "", "\t", "").Replace(text)
	}
	if shellwords.Printable(check) && !strings.HasPrefix(text, "$'") && text != "" {
		return text
	}
	return shellwords.Quote(text)
}

func (p *printer) list(all []client.Value, indent string) error {
	if len(all) == 0 {
		if p.tty {
			return p.line(p.paint(dim, "(none)"))
		}
		return nil
	}
	if !p.tty {
		for _, v := range all {
			if err := p.value(v, " "); err != nil {
				return err
			}
		}
		return nil
	}
	wide := len(strconv.Itoa(len(all)))
	for i, v := range all {
		number := strconv.Itoa(i + 1)
		head := strings.Repeat(" ", wide-len(number)) + number + ") "
		if i > 0 {
			p.w.WriteString(strings.TrimPrefix(indent, " ")) //nolint:errcheck // the writer keeps the error
		}
		p.w.WriteString(p.paint(dim, head)) //nolint:errcheck // the writer keeps the error
		if err := p.value(v, indentBy(indent, len(head))); err != nil {
			return err
		}
	}
	return nil
}

// indentBy is indent with n more spaces; it is never empty, which marks what stands
// alone, so it has one space more than is written.
func indentBy(indent string, n int) string {
	if indent == "" {
		indent = " "
	}
	return indent + strings.Repeat(" ", n)
}

func (p *printer) mapping(pairs []client.Value, indent string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 && p.tty {
			p.w.WriteString(strings.TrimPrefix(indent, " ")) //nolint:errcheck // the writer keeps the error
		}
		name, v := p.scalar(pairs[i], false), pairs[i+1]
		if isScalar(v) {
			if err := p.line(p.paint(cyan, name) + " " + p.scalar(v, false)); err != nil {
				return err
			}
			continue
		}
		if err := p.line(p.paint(cyan, name)); err != nil {
			return err
		}
		if p.tty {
			p.w.WriteString(strings.TrimPrefix(indentBy(indent, 2), " ")) //nolint:errcheck // the writer keeps the error
		}
		if err := p.value(v, indentBy(indent, 2)); err != nil {
			return err
		}
	}
	return nil
}

func isScalar(v client.Value) bool { return strings.IndexByte("*~>%", v.Type) < 0 }
