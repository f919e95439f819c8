//go:build !linux

package region

import (
	"errors"
	"fmt"
	"os"
)

var errSystem = fmt.Errorf("map a table: %w", errors.ErrUnsupported)

// Create, Open and View need a system that gives parts of a shared mapping back.
func Create(*os.File, Geometry, uint64, bool) (*Region, error) { return nil, errSystem }

// Open returns an error: see Create.
func Open(*os.File, bool) (*Region, error) { return nil, errSystem }

// View returns an error: see Create.
func View(*os.File) (*Region, error) { return nil, errSystem }

// Unmap does nothing.
func (r *Region) Unmap() {}

// SmallByDefault returns false.
func SmallByDefault() bool { return false }
