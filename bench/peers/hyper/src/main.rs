// SPDX-License-Identifier: MIT
//! What a Rust server costs for the answers that leat gives: hyper and rusqlite on one thread, with
//! one connection and cached statements.
//!
//!     hyper-peer PORT DATABASE
//!     GET  /v1/health       {"status":"ok"}
//!     GET  /v1/todos/ID     the row as JSON, under the headers that leat sends
//!     POST /v1/todos        creates a row at synchronous=FULL, each in a transaction of its own
//!
//! No validation, no limits, no error but 404.
use hyper::header::{HeaderName, HeaderValue, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use hyper::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Method, Request, Response, Server, StatusCode};
use rusqlite::{params, Connection, OptionalExtension, Row};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::io::Read;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

const BY_ID: &str =
    "SELECT id, list_id, title, done, tags, due, created_at FROM todos WHERE id = ?";
const CREATE: &str = "INSERT INTO todos (list_id, title, created_at) VALUES (?, ?, ?) \
    RETURNING id, list_id, title, done, tags, due, created_at";

/// Runs futures that are not Send, on this thread.
#[derive(Clone)]
struct LocalExecutor;

impl<F: std::future::Future + 'static> hyper::rt::Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

struct State {
    db: RefCell<Connection>,
    random: RefCell<(std::fs::File, [u8; 1000], usize)>,
    created: Cell<u64>,
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for &c in text.as_bytes() {
        match c {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', c]),
            0..=0x1f => out.extend_from_slice(format!("\\u{:04x}", c).as_bytes()),
            _ => out.push(c),
        }
    }
    out.push(b'"');
}

fn render(row: &Row) -> rusqlite::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(256);
    let done = if row.get_ref(3)?.as_i64()? != 0 { "true" } else { "false" };

    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(row.get_ref(0)?.as_i64()?.to_string().as_bytes());
    out.extend_from_slice(b",\"list_id\":");
    out.extend_from_slice(row.get_ref(1)?.as_i64()?.to_string().as_bytes());
    out.extend_from_slice(b",\"title\":");
    put_text(&mut out, row.get_ref(2)?.as_str()?);
    out.extend_from_slice(b",\"done\":");
    out.extend_from_slice(done.as_bytes());
    out.extend_from_slice(b",\"tags\":");
    out.extend_from_slice(row.get_ref(4)?.as_str()?.as_bytes());
    out.extend_from_slice(b",\"due\":");
    match row.get_ref(5)?.as_str_or_null()? {
        Some(text) => put_text(&mut out, text),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"created_at\":");
    put_text(&mut out, row.get_ref(6)?.as_str()?);
    out.push(b'}');
    Ok(out)
}

impl State {
    /// Returns a UUID of version 7, from random bytes that one read yields a hundred times.
    fn uuid(&self) -> HeaderValue {
        let mut random = self.random.borrow_mut();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let mut id = [0u8; 16];

        if random.2 == random.1.len() {
            let (file, bytes, at) = &mut *random;
            file.read_exact(bytes).unwrap();
            *at = 0;
        }
        id[..6].copy_from_slice(&now.to_be_bytes()[2..]);
        id[6..].copy_from_slice(&random.1[random.2..random.2 + 10]);
        random.2 += 10;
        id[6] = 0x70 | (id[6] & 0x0f);
        id[8] = 0x80 | (id[8] & 0x3f);
        let mut text = Vec::with_capacity(36);
        for (i, byte) in id.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                text.push(b'-');
            }
            text.push(b"0123456789abcdef"[(byte >> 4) as usize]);
            text.push(b"0123456789abcdef"[(byte & 15) as usize]);
        }
        HeaderValue::from_maybe_shared(hyper::body::Bytes::from(text)).unwrap()
    }

    fn read(&self, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        let db = self.db.borrow();
        let mut by_id = db.prepare_cached(BY_ID)?;

        by_id.query_row([id], render).optional()
    }

    fn create(&self) -> rusqlite::Result<Option<Vec<u8>>> {
        let db = self.db.borrow();
        let n = self.created.replace(self.created.get() + 1);
        let mut insert = db.prepare_cached(CREATE)?;

        insert
            .query_row(params![1, format!("new {}", n), "2026-01-01T00:00:00.000Z"], render)
            .optional()
    }
}

fn answer(status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));

    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

async fn serve(state: Rc<State>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path();
    let found = if *request.method() == Method::POST {
        let _ = hyper::body::to_bytes(request.into_body()).await;
        state.create()
    } else if path == "/v1/health" {
        return Ok(answer(StatusCode::OK, b"{\"status\":\"ok\"}".to_vec()));
    } else {
        let id = path.strip_prefix("/v1/todos/").and_then(|text| text.parse().ok());
        state.read(id.unwrap_or(0))
    };
    let mut out = match found.expect("the statement") {
        Some(body) => answer(StatusCode::OK, body),
        None => answer(StatusCode::NOT_FOUND, b"{\"error\":\"not found\"}".to_vec()),
    };
    let headers = out.headers_mut();

    headers.insert(HeaderName::from_static("x-request-id"), state.uuid());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    Ok(out)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let port: u16 = arguments[1].parse().expect("the port");
    let db = Connection::open(&arguments[2]).expect("the database");

    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").expect("WAL");
    let state = Rc::new(State {
        db: RefCell::new(db),
        random: RefCell::new((std::fs::File::open("/dev/urandom").unwrap(), [0; 1000], 1000)),
        created: Cell::new(0),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let make = make_service_fn(move |_| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(service_fn(move |r| serve(state.clone(), r))) }
        });
        let address = ([127, 0, 0, 1], port).into();

        Server::bind(&address)
            .tcp_nodelay(true)
            .executor(LocalExecutor)
            .serve(make)
            .await
            .expect("to serve");
    });
}
