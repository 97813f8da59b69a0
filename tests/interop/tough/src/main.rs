//! tough, unchanged, made to follow a Pawl server one step at a time.
//!
//! ```text
//! follow STORE URL refresh
//! follow STORE URL download PATH FILE
//! ```
//!
//! STORE holds first.root.json, the root it got at the start, and whatever
//! the client keeps. A request may take INTEROP_SECONDS. Prints one line and
//! exits 0, or prints the client's own words and exits 1.

use futures::StreamExt;
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use tough::{HttpTransportBuilder, Repository, RepositoryLoader, TargetName};
use url::Url;

type Answer<T> = Result<T, Box<dyn Error>>;

async fn open(store: &Path, url: &str) -> Answer<Repository> {
    let first = std::fs::read(store.join("first.root.json"))?;
    let kept = store.join("kept");
    std::fs::create_dir_all(&kept)?;
    let seconds = std::env::var("INTEROP_SECONDS")?.parse()?;
    let transport = HttpTransportBuilder::new()
        .timeout(Duration::from_secs(seconds))
        .tries(1)
        .build();
    Ok(RepositoryLoader::new(
        &first,
        Url::parse(&format!("{url}/metadata/"))?,
        Url::parse(&format!("{url}/targets/"))?,
    )
    .transport(transport)
    .datastore(kept)
    .load()
    .await?)
}

async fn download(repository: &Repository, path: &str, file: &str) -> Answer<()> {
    let name = TargetName::new(path)?;
    let mut bytes = Vec::new();
    let mut stream = repository
        .read_target(&name)
        .await?
        .ok_or_else(|| format!("{path}: no role lists it"))?;
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part?);
    }
    std::fs::write(file, bytes)?;
    Ok(())
}

async fn follow(args: &[String]) -> Answer<()> {
    let [store, url, step, rest @ ..] = args else {
        return Err("usage: follow STORE URL STEP …".into());
    };
    let repository = open(Path::new(store), url).await?;
    match (step.as_str(), rest) {
        ("refresh", []) => Ok(()),
        ("download", [path, file]) => download(&repository, path, file).await,
        _ => Err(format!("no step {step}").into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Err(refusal) = follow(&args).await {
        // Its own words are in the chain of causes.
        let mut words = refusal.to_string();
        let mut cause = refusal.source();
        while let Some(deeper) = cause {
            words = format!("{words}: {deeper}");
            cause = deeper.source();
        }
        println!("{words}");
        std::process::exit(1);
    }
    println!("done");
}
