// go-tuf, unchanged, made to follow a Pawl server one step at a time.
//
//	follow STORE URL refresh
//	follow STORE URL download PATH FILE
//
// STORE holds first.root.json, the root it got at the start, and whatever the
// client keeps. A request may take INTEROP_SECONDS. Prints one line and exits 0,
// or prints the client's own words and exits 1.
package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

func open(store, url string) (*updater.Updater, error) {
	first, err := os.ReadFile(filepath.Join(store, "first.root.json"))
	if err != nil {
		return nil, err
	}
	cfg, err := config.New(url+"/metadata", first)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.Atoi(os.Getenv("INTEROP_SECONDS"))
	if err != nil {
		return nil, err
	}
	limit := time.Duration(seconds) * time.Second
	err = cfg.SetDefaultFetcherHTTPClient(&http.Client{Timeout: limit})
	if err != nil {
		return nil, err
	}
	cfg.LocalMetadataDir = store
	cfg.LocalTargetsDir = filepath.Join(store, "files")
	cfg.RemoteTargetsURL = url + "/targets"
	return updater.New(cfg)
}

func follow(store, url, step string, args []string) error {
	client, err := open(store, url)
	if err != nil {
		return err
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	switch step {
	case "refresh":
		fmt.Println("refreshed")
		return nil
	case "download":
		info, err := client.GetTargetInfo(args[0])
		if err != nil {
			return err
		}
		path, _, err := client.DownloadTarget(info, args[1], "")
		if err != nil {
			return err
		}
		fmt.Println(path)
		return nil
	}
	return fmt.Errorf("no step %q", step)
}

func main() {
	if len(os.Args) < 4 {
		fmt.Println("usage: follow STORE URL STEP …")
		os.Exit(2)
	}
	err := follow(os.Args[1], os.Args[2], os.Args[3], os.Args[4:])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
