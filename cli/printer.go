package cli

import (
	"bufio"
	"encoding/json"
	"io"
)

// printer shows results. Text is for people or for scripts, depending on where it
// goes; JSON is one document on one line a command.
type printer struct {
	w     *bufio.Writer
	tty   bool // standard output is a terminal: bytes that are not printable are escaped
	color bool
	json  bool
	exact bool // one value is written to the byte, without a newline
	width int  // columns of the terminal; 0: no limit
	lazy  bool // more is to come at once: nothing needs to be out before that
}

func newPrinter(w io.Writer) *printer { return &printer{w: bufio.NewWriterSize(w, 64<<10)} }

// result is what came of a command.
type result interface {
	// text writes it for a person or a script.
	text(p *printer) error
	// data is it as a value for package json. A result that is a jsonStream is
	// asked to write itself instead.
	data() any
	// status is the exit status, when there is no error.
	status() int
}

// jsonStream is a result that is too long to be held.
type jsonStream interface {
	stream(w *bufio.Writer) error
}

// show writes r. Unless the printer is lazy, all of it is out when it returns.
func (p *printer) show(r result) error {
	err := p.write(r)
	if p.lazy {
		return err
	}
	if e := p.w.Flush(); err == nil {
		err = e
	}
	return err
}

func (p *printer) write(r result) error {
	if !p.json {
		return r.text(p)
	}
	if s, ok := r.(jsonStream); ok {
		err := s.stream(p.w)
		if e := p.line(""); err == nil {
			err = e
		}
		return err
	}
	return p.document(r.data())
}

// document writes v as one line of JSON.
func (p *printer) document(v any) error {
	e := json.NewEncoder(p.w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// line writes text and a newline.
func (p *printer) line(text string) error {
	p.w.WriteString(text) //nolint:errcheck // the writer keeps the error
	return p.w.WriteByte('\n')
}

// showError tells what went wrong: on errs, or as JSON where the answers are.
func (p *printer) showError(errs io.Writer, err error) {
	if p.json {
		//nolint:errcheck // nobody is left to tell
		p.document(map[string]any{"error": say(err), "status": statusOf(err)})
		p.w.Flush() //nolint:errcheck // nobody is left to tell
		return
	}
	text := say(err)
	if p.color {
		text = paint(red, text)
	}
	p.w.Flush()                     //nolint:errcheck // nobody is left to tell
	io.WriteString(errs, text+"\n") //nolint:errcheck // nobody is left to tell
}

// Colours, by their ANSI numbers.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

func paint(color, text string) string { return "\x1b[" + color + "m" + text + "\x1b[0m" }

// paint colours text where colours are wanted.
func (p *printer) paint(color, text string) string {
	if p.color {
		return paint(color, text)
	}
	return text
}
