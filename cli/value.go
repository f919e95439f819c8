package cli

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
)

// valueResult is a node's answer as a result.
type valueResult struct {
	v       client.Value
	missing bool
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

// jsonValue is v for package json: text that is no UTF-8 is {"base64": "..."}.
func jsonValue(v client.Value) any {
	switch v.Type {
	case '_':
		return nil
	case ':':
		return v.Int
	case '#':
		return v.Int == 1
	case ',':
		return v.Float
	case '-':
		return map[string]any{"error": string(v.Bytes)}
	case '*', '~', '>':
		all := make([]any, len(v.Array))
		for i, e := range v.Array {
			all[i] = jsonValue(e)
		}
		return all
	case '%':
		m := map[string]any{}
		for i := 0; i+1 < len(v.Array); i += 2 {
			m[v.Array[i].Text()] = jsonValue(v.Array[i+1])
		}
		return m
	}
	return jsonText(string(v.Bytes))
}

func jsonText(text string) any {
	if utf8.ValidString(text) {
		return text
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(text))}
}

// data is not used: the keys are streamed.
func (r *keysResult) data() any { return nil }

func (r *keysResult) text(p *printer) error {
	err := r.each(func(key string) error { return p.line(p.escape(key, false)) })
	if err == nil && !r.found && p.tty {
		err = p.line(p.paint(dim, "(none)"))
	}
	return err
}

func (r *keysResult) stream(w *bufio.Writer) error {
	w.WriteByte('[') //nolint:errcheck // the writer keeps the error
	first := true
	err := r.each(func(key string) error {
		if !first {
			w.WriteByte(',') //nolint:errcheck // the writer keeps the error
		}
		first = false
		text, err := json.Marshal(jsonText(key))
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	w.WriteByte(']') //nolint:errcheck // the writer keeps the error
	return err
}

// nodesResult holds the answer of each node.
type nodesResult struct{ answers []nodeAnswer }

func (r *nodesResult) status() int { return ExitDone }

func (r *nodesResult) data() any {
	m := map[string]any{}
	for _, a := range r.answers {
		if a.err != nil {
			m[a.node.ID] = map[string]any{"error": say(a.err), "status": statusOf(a.err)}
		} else {
			m[a.node.ID] = jsonValue(a.v)
		}
	}
	return m
}

// text shows the answers under the nodes' names, short ones beside them.
func (r *nodesResult) text(p *printer) error {
	for _, a := range r.answers {
		if a.err != nil {
			continue // said on standard error
		}
		name := p.paint(bold, a.node.ID)
		one := isScalar(a.v) && strings.IndexFunc(a.v.Text(), unicode.IsControl) < 0
		if one {
			if err := p.line(name + " " + p.scalar(a.v, false)); err != nil {
				return err
			}
			continue
		}
		if err := p.line(name); err != nil {
			return err
		}
		if err := p.value(a.v, ""); err != nil {
			return err
		}
		if err := p.line(""); err != nil {
			return err
		}
	}
	return nil
}
