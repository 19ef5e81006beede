//! Servers that answer everything with a page.

/// How a page begins, in lower case; no file of a model begins so.
const BEGINNINGS: [&[u8]; 4] = [b"<!doctype html", b"<html", b"<head", b"<body"];
/// As many bytes as it takes to tell, comments at the beginning aside.
pub const ENOUGH: usize = 512;

/// Whether bytes are the beginning of a page. The media type says nothing: plain servers call a `config.json` a page, and
/// others call a page a file.
pub fn is_page(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b"<!--") {
        let Some(end) = comment.windows(3).position(|end| end == b"-->") else { return false };
        rest = comment.get(end + 3..).unwrap_or_default().trim_ascii_start();
    }
    let begins =
        |beginning: &[u8]| rest.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning));
    BEGINNINGS.into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_first_bytes() {
        let check = |bytes: &[u8], page: bool| assert_eq!(is_page(bytes), page, "{:?}", String::from_utf8_lossy(bytes));
        check(b"<!DOCTYPE html>\n<title>404</title>", true);
        check(b"\xef\xbb\xbf\r\n  <Html lang=en>", true);
        check(b"<!-- made by --> <!-- a host --><head>", true);
        check(b"{\"model_type\": \"bert\"}", false);
        check(b"\n[1, 2]", false);
        check(b"", false);
        check(b"<!--", false);
        check(b"<|im_start|>", false);
        // The length of a safetensors header may begin with these characters.
        check(b"<!\0\0\0\0\0\0{\"w\"", false);
    }
}
