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
	tty   bool // standard output is a terminal: unprintable bytes are escaped
	color bool
	json  bool
	exact bool // write one value exactly, without a newline
	width int  // columns of the terminal; 0: no limit
	lazy  bool // more output follows at once: do not flush yet
}

func newPrinter(w io.Writer) *printer { return &printer{w: bufio.NewWriterSize(w, 64<<10)} }

// result is the result of a command.
type result interface {
	// text writes the result for a person or a script.
	text(p *printer) error
	// data returns the result as a value for package json. It is not called for a jsonStream, which
	// writes itself.
	data() any
	// status returns the exit status if there is no error.
	status() int
}

// jsonStream is a result that is too long to keep in memory.
type jsonStream interface {
	stream(w *bufio.Writer) error
}

// show writes r and, unless the printer is lazy, flushes it.
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

// showError writes an error to errs or, with --json, as JSON to the output.
func (p *printer) showError(errs io.Writer, err error) {
	if p.json {
		//nolint:errcheck // the error cannot be reported either
		p.document(map[string]any{"error": say(err), "status": statusOf(err)})
		p.w.Flush() //nolint:errcheck // the error cannot be reported either
		return
	}
	text := say(err)
	if p.color {
		text = paint(red, text)
	}
	p.w.Flush()                     //nolint:errcheck // the error cannot be reported either
	io.WriteString(errs, text+"\n") //nolint:errcheck // the error cannot be reported either
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

// paint colours text if colours are wanted.
func (p *printer) paint(color, text string) string {
	if p.color {
		return paint(color, text)
	}
	return text
}
