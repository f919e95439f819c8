package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/cachegopher/cachegopher/server/auth"
)

// hashPassword reads a password and prints its hash, for "password" of a user in the config.
func hashPassword(stdin io.Reader, stdout, stderr io.Writer) error {
	password, err := askPassword(stdin, stderr)
	if err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	hash, err := auth.HashPassword(password)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, hash) //nolint:errcheck // there is nowhere to report it
	return nil
}

// askPassword reads a line, from a terminal without echo.
func askPassword(stdin io.Reader, stderr io.Writer) ([]byte, error) {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(stderr, "Password: ") //nolint:errcheck // only a prompt
		defer fmt.Fprintln(stderr)       //nolint:errcheck // only a prompt
		return term.ReadPassword(int(f.Fd()))
	}
	line, err := bufio.NewReader(stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return []byte(strings.TrimRight(line, "\r\n")), nil
}
