package cli

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/term"
)

// confirm asks a question on the terminal. Anything but y and yes means no. The terminal is raw meanwhile, so that Ctrl-C is
// a key: a read that a signal leaves behind would take the next line of the prompt.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	before, err := term.MakeRaw(int(a.In.Fd()))
	if err != nil {
		return false, fmt.Errorf("preparing the terminal: %w", err)
	}
	defer term.Restore(int(a.In.Fd()), before) //nolint:errcheck // it was possible a moment ago
	fmt.Fprint(a.Err, question+" [y/N] ")      //nolint:errcheck // the person would not answer
	typed := make(chan string, 1)
	go func() { typed <- a.readAnswer() }()
	select {
	case answer := <-typed:
		fmt.Fprint(a.Err, "\r\n") //nolint:errcheck // only an echo
		if strings.HasSuffix(answer, interruptKey) {
			return false, context.Canceled
		}
		answer = strings.ToLower(strings.TrimSpace(answer))
		return answer == "y" || answer == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// interruptKey is the byte that the key sends.
const interruptKey = "\x03"

// readAnswer reads and echoes the keys up to Enter, Ctrl-C or the end of the input. What is typed behind belongs to the prompt.
func (a *app) readAnswer() string {
	var answer []byte
	for one := make([]byte, 1); ; {
		if n, _ := a.In.Read(one); n == 0 {
			return ""
		}
		switch key := one[0]; {
		case key == '\r' || key == '\n':
			return string(answer)
		case key == interruptKey[0] || key == 4: // Ctrl-D
			return interruptKey
		case (key == 8 || key == 127) && len(answer) > 0: // backspace
			answer = answer[:len(answer)-1]
			fmt.Fprint(a.Err, "\b \b") //nolint:errcheck // only an echo
		case key >= ' ' && key < 127:
			answer = append(answer, key)
			fmt.Fprint(a.Err, string(key)) //nolint:errcheck // only an echo
		}
	}
}
