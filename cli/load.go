package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/dump"
)

// loadPage is the number of entries that are stored at a time.
const loadPage = 256

// loadResult is the result of LOAD.
type loadResult struct {
	Stored  int64 `json:"stored"`
	Expired int64 `json:"expired"` // skipped: they have expired
	Kept    int64 `json:"kept"`    // skipped because of NX: the key exists
}

func cmdLoad(ctx context.Context, s *session, args []string) (result, error) {
	fresh := false
	if len(args) > 2 {
		if fresh = strings.EqualFold(args[2], "NX"); !fresh {
			return nil, usagef("%s: the only option of LOAD is NX", shellwords.Quote(args[2]))
		}
	}
	l := &loader{s: s, fresh: fresh}
	if args[1] == "-" {
		in, err := s.input()
		if err != nil {
			return nil, err
		}
		return l.load(ctx, in, "standard input", -1)
	}
	f, err := os.Open(args[1])
	if err != nil {
		return nil, fmt.Errorf("opening the dump: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return l.load(ctx, f, args[1], -1) // a FIFO, which can be read only once
	}
	entries, err := verify(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; nothing was stored", args[1], err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the dump again: %w; give a file, or - for a pipe", err)
	}
	return l.load(ctx, f, args[1], entries)
}

// verify reads a file to its end and returns the number of its entries.
func verify(ctx context.Context, r io.Reader) (int64, error) {
	d, err := dump.NewReader(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		if _, err := d.Next(); err == io.EOF {
			return int64(d.Records()), nil
		} else if err != nil {
			return 0, err
		}
	}
	return 0, ctx.Err()
}

// loader stores the entries of a file.
type loader struct {
	s     *session
	fresh bool
	loadResult
}

// load stores the entries of r. Any error says how many were stored.
func (l *loader) load(ctx context.Context, r io.Reader, name string, entries int64) (result, error) {
	bar := l.s.bar(entries, "loading")
	err := l.each(ctx, r, func(n int) { bar.Add(n) }) //nolint:errcheck // only drawn
	bar.Finish()                                      //nolint:errcheck // progress display only
	if err != nil {
		return nil, fmt.Errorf("%s: %w; %s stored before that", name, err, plural(l.Stored, "entry was", "entries were"))
	}
	return &l.loadResult, nil
}

func (l *loader) each(ctx context.Context, r io.Reader, done func(n int)) error {
	d, err := dump.NewReader(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		return err
	}
	page := make([]dump.Entry, 0, loadPage)
	for {
		e, err := d.Next()
		if err == nil {
			page = append(page, e)
		}
		if err == nil && len(page) < loadPage {
			continue
		}
		if e := l.store(ctx, page); e != nil {
			return e
		}
		done(len(page))
		page = page[:0]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// store stores a page, all groups in parallel.
func (l *loader) store(ctx context.Context, page []dump.Entry) error {
	ctx, cancel := l.s.within(ctx)
	defer cancel()
	p := l.s.c.Pipeline()
	var queued []client.Queued
	now := time.Now()
	for _, e := range page {
		option := client.SetOption{}
		if !e.Expire.IsZero() {
			left := e.Expire.Sub(now)
			if left <= 0 {
				l.Expired++
				continue
			}
			option = client.TTL(left)
		}
		if l.fresh {
			queued = append(queued, p.Add(e.Key, e.Value, option))
		} else {
			// The value is the same every time: storing it twice does no harm.
			queued = append(queued, p.Set(e.Key, e.Value, option, client.Idempotent()))
		}
	}
	err := p.Exec(ctx)
	for _, q := range queued {
		ok, e := q.OK()
		switch {
		case ok:
			l.Stored++
		case e == nil:
			l.Kept++
		}
	}
	var many *client.ManyError
	if errors.As(err, &many) {
		return many.Err
	}
	return err
}

func (r *loadResult) status() int { return ExitDone }
func (r *loadResult) data() any   { return r }

func (r *loadResult) text(p *printer) error {
	text := plural(r.Stored, "entry", "entries") + " stored"
	if r.Kept > 0 {
		text += ", " + plural(r.Kept, "key", "keys") + " kept"
	}
	if r.Expired > 0 {
		text += ", " + plural(r.Expired, "entry", "entries") + " had expired"
	}
	return p.line(text)
}
