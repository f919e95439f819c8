module github.com/cachegopher/cachegopher/client/adapters/gocachestore

go 1.26.0

require github.com/cachegopher/cachegopher v0.0.0

require github.com/stretchr/testify v1.12.1 // indirect

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/eko/gocache/lib/v4 v4.2.3
	golang.org/x/exp v0.0.0-20251209150349-8475f28825e9 // indirect
)

replace github.com/cachegopher/cachegopher => ../../..
