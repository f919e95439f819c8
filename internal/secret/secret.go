// Package secret finds passwords where other users of the machine do not see them, as they would see flags.
package secret

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The variables that Password looks at.
const (
	Variable     = "CACHEGOPHER_PASSWORD"      // a password
	FileVariable = "CACHEGOPHER_PASSWORD_FILE" // path of a file that has it
)

// ErrEmpty says that a file holds no password.
var ErrEmpty = errors.New("is empty")

// Password is the password that the environment tells, itself or in a file; empty when it tells none.
func Password(getenv func(string) string) (string, error) {
	password, file := getenv(Variable), getenv(FileVariable)
	switch {
	case password != "" && file != "":
		return "", fmt.Errorf("%s and %s are both set; unset one", Variable, FileVariable)
	case file != "":
		return Read(file)
	}
	return password, nil
}

// Read returns what a file holds, without line ends at its end. The cause of its error is ErrEmpty if that is nothing.
func Read(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(string(data), "\r\n")
	if password == "" {
		return "", fmt.Errorf("read the password: %s %w", path, ErrEmpty)
	}
	return password, nil
}
