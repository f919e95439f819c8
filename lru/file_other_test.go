//go:build !linux

package lru

import (
	"errors"
	"os"
)

func memfd(int64) (*os.File, error) { return nil, errors.ErrUnsupported }
