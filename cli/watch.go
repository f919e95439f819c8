package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
)

// watchEvery is the default interval of WATCH.
const watchEvery = 2 * time.Second

// clearScreen moves to the upper left corner and clears what is below.
const clearScreen = "\x1b[H\x1b[J"

func cmdWatch(ctx context.Context, s *session, args []string) (result, error) {
	every, times, err := watchArgs(args)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; ; n++ {
		r := s.status(ctx)
		if ctx.Err() != nil {
			return nil, nil // Ctrl-C is the normal end
		}
		if s.out.tty && !s.out.json {
			s.out.w.WriteString(clearScreen)                                                         //nolint:errcheck // the writer keeps the error
			s.out.line(s.out.paint(dim, time.Now().Format(time.DateTime)+", every "+every.String())) //nolint:errcheck // the writer keeps the error
		}
		if err := s.out.show(r); err != nil {
			return nil, err
		}
		if n == times {
			return nil, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, nil
		}
	}
}

func watchArgs(args []string) (every time.Duration, times int, err error) {
	every = watchEvery
	if len(args) > 1 {
		if every, err = seconds(args[1]); err != nil {
			return 0, 0, err
		}
	}
	if len(args) > 2 {
		if times, err = strconv.Atoi(args[2]); err != nil || times < 1 {
			return 0, 0, usagef("%s is not a number of times; give 1 or more", shellwords.Quote(args[2]))
		}
	}
	return every, times, nil
}

// seconds reads a positive number of seconds, of a day at most.
func seconds(text string) (time.Duration, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0.05 && f <= 86400) {
		return 0, usagef("%s is not a number of seconds from 0.05 to 86400", shellwords.Quote(text))
	}
	return time.Duration(f * float64(time.Second)), nil
}
