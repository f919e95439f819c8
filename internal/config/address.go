package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// unixPrefix begins the address of a unix socket; its path follows.
const unixPrefix = "unix://"

// maxUnixPath is the longest path of a unix socket in bytes; the kernel adds a final zero.
const maxUnixPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// SplitAddress splits a checked address into the network ("tcp" or "unix") and the address that
// package net wants.
func SplitAddress(address string) (network, where string) {
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		return "unix", path
	}
	return "tcp", address
}

// CheckAddress returns the canonical form of address (host:port or unix:///path), or an error that says how to correct it.
// Port 0, for any free port, passes only with anyPort. Names are not looked up.
func CheckAddress(address string, anyPort bool) (string, error) {
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		return checkUnix(path)
	}
	address = strings.TrimPrefix(address, "tcp://")
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return "", fmt.Errorf(`%s:// is not a known kind of address; write "host:port" or "unix:///path"`, scheme)
	}
	host, port, err := net.SplitHostPort(address)
	switch {
	case address == "":
		return "", fmt.Errorf(`the address is empty; write "host:port" or "unix:///path"`)
	case err == nil && port != "":
	case strings.Count(address, ":") > 1 && !strings.HasPrefix(address, "["):
		return "", fmt.Errorf(`%s: an IPv6 address needs brackets; write %s`, quote(address), quote(bracketed(address)))
	default:
		return "", fmt.Errorf(`%s has no port; write "host:port", as in "localhost:31337"`, quote(address))
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 && !anyPort {
		return "", fmt.Errorf("%s is not a port; give a number from 1 to 65535", quote(port))
	}
	if !goodHost(host) {
		return "", fmt.Errorf("%s is not a host name or IP address; correct it", quote(host))
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// bracketed guesses the correct form of an IPv6 address that was written without brackets, with or without a port.
func bracketed(address string) string {
	cut := strings.LastIndexByte(address, ':')
	host, port := address[:cut], address[cut+1:]
	if _, err := netip.ParseAddr(host); err == nil && port != "" && strings.Trim(port, "0123456789") == "" {
		return net.JoinHostPort(host, port)
	}
	_, port, _ = net.SplitHostPort(DefaultAddress)
	if _, err := netip.ParseAddr(address); err == nil {
		return net.JoinHostPort(address, port)
	}
	return net.JoinHostPort("::1", port)
}

// goodHost reports whether host is an IP address, a name, or empty for every interface.
func goodHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	if len(host) > 253 || strings.Trim(host, "0123456789.") == "" {
		return false // 1.2.3 or 300.1.1.1: a mistyped IP address, not a name
	}
	for _, c := range host {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return !strings.Contains(host, "..") && host[0] != '.'
}

func checkUnix(path string) (string, error) {
	switch {
	case !filepath.IsAbs(path):
		return "", fmt.Errorf(`unix socket path %s is not absolute; write three slashes, as in "unix:///run/cachegopher/n1.sock"`, quote(path))
	case strings.HasSuffix(path, "/") || strings.IndexByte(path, 0) >= 0:
		return "", fmt.Errorf("unix socket path %s names no file; end it with the name of the socket", quote(path))
	case len(path) > maxUnixPath:
		return "", fmt.Errorf("the unix socket path has %d bytes, the system allows %d; choose a shorter one", len(path), maxUnixPath)
	}
	return unixPrefix + filepath.Clean(path), nil
}

// checkAdmin is CheckAddress for an address where a port alone means the loopback interface.
func checkAdmin(address string) (string, error) {
	if port := strings.TrimPrefix(address, ":"); port != "" && strings.Trim(port, "0123456789") == "" {
		address = "127.0.0.1:" + port
	}
	return CheckAddress(address, false)
}
