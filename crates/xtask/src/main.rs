//! `cargo xtask`: set-up, models, builds, tests and checks of this repository.

mod bench;
mod hosted;
mod index;
mod models;
mod module;
mod page;
mod server;
mod shell;
mod size;
mod story;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use story::Which;

const HELP: &str = "cargo xtask COMMAND

  serve [--port N]   install what is missing, build the page, serve it on 127.0.0.1:8080
  dist               build the page as a folder for any static host: dist/
  test               all tests, the browser ones included
  models             fetch and prepare the models: models/
  precompute [--new|--accept]   compute again what the Story shows before a model is there; fails where a number changed
  bench              measure sizes and speeds, print a table
  picture            make docs/lab.png from the running page
  size               check the download sizes of dist/
  tidy               check the invariants of ARCHITECTURE.md
  setup              check and install tools only";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve"] => page::build().and_then(|dist| server::serve(&dist, 8080)),
        ["serve", "--port", port] => match port.parse() {
            Ok(port) => page::build().and_then(|dist| server::serve(&dist, port)),
            Err(_) => Err(anyhow::anyhow!("--port takes a number from 0 to 65535, not {port:?}")),
        },
        // For tests: a folder as it is, without a build before.
        ["host", folder, port] => match port.parse() {
            Ok(port) => server::serve(folder.as_ref(), port),
            Err(_) => Err(anyhow::anyhow!("the port must be a number, not {port:?}")),
        },
        ["dist"] => page::build().map(|dist| shell::say(&format!("the page is in {}", dist.display()))),
        ["test"] => test::run_all(),
        ["models"] => models::prepare().map(|_| ()),
        ["precompute"] => story::precompute(Which::Check),
        ["precompute", "--accept"] => story::precompute(Which::Accept),
        ["precompute", "--new"] => story::precompute(Which::New),
        ["bench"] => bench::run_all(),
        ["picture"] => page::picture(),
        ["size"] => size::check(),
        ["tidy"] => tidy::check(),
        ["setup"] => tools::for_tests().map(|_| ()),
        _ => {
            shell::say(HELP);
            return if words.is_empty() || words == ["help"] || words == ["--help"] {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
