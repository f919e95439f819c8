package command

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// mayFill returns what asks whether a target that holds entries may be loaded: yes says so for all, and without a terminal
// nobody can be asked.
func (a *app) mayFill(yes bool) func(target string, entries int64) bool {
	return func(target string, entries int64) bool {
		if yes {
			return true
		}
		what := fmt.Sprintf("%s holds %d entries", target, entries)
		if entries < 0 {
			what = target + " does not say whether it holds entries"
		}
		if !a.live || !isTerminal(os.Stdin) {
			fmt.Fprintf(a.err, "%s. The load stores keys beside them, for which others may be evicted; --yes agrees to that.\n", what) //nolint:errcheck // the error is returned, too
			return false
		}
		fmt.Fprintf(a.err, "%s. The load stores keys beside them, for which others may be evicted. Go on? [y/N] ", what) //nolint:errcheck // without it nobody answers
		answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')                                                          // an end is a no
		answer = strings.ToLower(strings.TrimSpace(answer))
		return answer == "y" || answer == "yes"
	}
}
