//! GGUF files that lie: each gets its own sentence; any bytes at all get an error or tensors, never a panic.
//! The bodies are those of the fuzz target `gguf_file` in `tests/fuzz`.

use proptest::prelude::*;
use vitrine_schema::Account;
use vitrine_weights::{GgufStream, Tensor, WeightsError, gguf};

const F32: u32 = 0;
const Q8_0: u32 = 8;
const Q6_K: u32 = 14;
const TEXT: u32 = 8;
const ARRAY: u32 = 9;
const U32: u32 = 4;

/// Writes the format as it is documented, and anything else on request.
#[derive(Clone, Default)]
struct File {
    version: u32,
    keys: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: usize,
    n_keys: Option<u64>,
    n_tensors: Option<u64>,
}

fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

fn file() -> File {
    File { version: 3, ..File::default() }
}

impl File {
    fn key(mut self, name: &str, kind: u32, value: &[u8]) -> Self {
        self.keys.push([&text(name.as_bytes()), kind.to_le_bytes().as_slice(), value].concat());
        self
    }

    fn tensor(mut self, name: &str, dims: &[u64], kind: u32, offset: u64) -> Self {
        let dims: Vec<u8> = [(dims.len() as u32).to_le_bytes().to_vec()]
            .into_iter()
            .chain(dims.iter().map(|d| d.to_le_bytes().to_vec()))
            .flatten()
            .collect();
        self.tensors.push([&text(name.as_bytes()), &*dims, &kind.to_le_bytes(), &offset.to_le_bytes()].concat());
        self
    }

    fn data(mut self, bytes: usize) -> Self {
        self.data = bytes;
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(self.n_tensors.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        out.extend(self.n_keys.unwrap_or(self.keys.len() as u64).to_le_bytes());
        self.keys.iter().chain(&self.tensors).for_each(|part| out.extend(part));
        out.resize(out.len().next_multiple_of(32) + self.data, 0);
        out
    }
}

/// Bytes for names, sentences and the like, whatever the file.
const SMALL: u64 = 4096;

/// Reads in pieces; what is handed out is never larger than what was read, and what is held meanwhile is never more than
/// twice the file.
fn read(file: &[u8], declared: impl Into<Option<u64>> + Copy, piece: usize) -> Result<usize, WeightsError> {
    let mut outcome = Ok(0);
    let held = allocation_counter::measure(|| outcome = parse(file, declared, piece, &|_| ()));
    let most = 2 * file.len() as u64 + SMALL;
    assert!(held.bytes_max <= most, "{} bytes for a file of {}", held.bytes_max, file.len());
    // Reading the values must not panic either.
    let widened = parse(file, declared, piece, &|tensor| {
        let _ = tensor.to_f32();
        let _ = tensor.row(0);
    });
    assert_eq!(widened, outcome);
    outcome
}

fn parse(
    file: &[u8],
    declared: impl Into<Option<u64>>,
    piece: usize,
    look: &dyn Fn(&Tensor),
) -> Result<usize, WeightsError> {
    let mut stream = GgufStream::new(declared);
    let (mut bytes, mut tensors) = (0, 0);
    // The first empty piece ends a header of unknown length, the second one hands out what followed it.
    for piece in file.chunks(piece.max(1)).chain([&[][..]; 2]) {
        stream.push(piece, &mut |tensor| {
            bytes += tensor.bytes.len();
            tensors += 1;
            look(&tensor);
        })?;
        if let Some(metadata) = stream.metadata() {
            let _ = gguf::describe(metadata, "m.gguf", &mut Account::default());
        }
    }
    assert!(bytes <= file.len());
    stream.finish().map(|()| tensors)
}

#[test]
fn each_lie_gets_its_own_sentence() {
    let check = |bytes: Vec<u8>, sentence: &str| {
        // A file is as long as it is; only where it was cut does its length say more than there is.
        let error = read(&bytes, bytes.len() as u64, 7).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}, not {sentence}");
    };
    let good = file().key("a", U32, &[1, 0, 0, 0]).tensor("w", &[32, 2], F32, 0).data(256);
    assert_eq!(read(&good.bytes(), good.bytes().len() as u64, 5), Ok(1));

    check(b"GGML".to_vec(), "no GGUF file");
    check(File { version: 1, ..good.clone() }.bytes(), "version 1 is not read");
    check(File { version: 3 << 24, ..good.clone() }.bytes(), "version 50331648 is not read");
    check(File { n_keys: Some(u64::MAX), ..good.clone() }.bytes(), "keys are more than the file can hold");
    check(File { n_tensors: Some(1 << 40), ..good.clone() }.bytes(), "tensors are more than the file can hold");
    check(file().key("a", TEXT, &u64::MAX.to_le_bytes()).bytes(), "are left in the file");
    check(file().key("a", TEXT, &text(&[0xff, 0xfe])).bytes(), "not UTF-8");
    check(file().key("", U32, &[0; 4]).bytes(), "name is empty");
    check(file().key("a", 13, &[0; 8]).bytes(), "value type 13 does not exist");
    let array = |element: u32, count: u64| [element.to_le_bytes().as_slice(), &count.to_le_bytes()].concat();
    check(file().key("a", ARRAY, &array(ARRAY, 1)).bytes(), "arrays of arrays");
    check(file().key("a", ARRAY, &array(U32, u64::MAX / 2)).bytes(), "more than the file can hold");
    check(file().key("a", ARRAY, &array(TEXT, 1 << 61)).bytes(), "more than the file can hold");
    check(good.clone().key("a", U32, &[0; 4]).bytes(), "stands twice");
    check(good.clone().tensor("w", &[32], F32, 256).data(512).bytes(), "stands twice");
    for alignment in [0u32, 3, 1 << 31] {
        check(good.clone().key("general.alignment", U32, &alignment.to_le_bytes()).bytes(), "no power of two");
    }
    check(good.clone().key("general.alignment", TEXT, &text(b"32")).bytes(), "no power of two");
    check(file().tensor("w", &[], F32, 0).data(64).bytes(), "has 0 dimensions");
    check(file().tensor("w", &[1; 5], F32, 0).data(64).bytes(), "has 5 dimensions");
    check(file().tensor("w", &[1 << 32, 1 << 32, 2], F32, 0).data(64).bytes(), "needs 18446744073709551615 bytes");
    check(file().tensor("w", &[31], Q8_0, 0).data(64).bytes(), "has shape [31]");
    check(file().tensor("w", &[0], F32, 0).data(64).bytes(), "has 0 bytes at 0");
    check(file().tensor("w", &[64], F32, 0).data(64).bytes(), "not in the file");
    check(file().tensor("w", &[1 << 20], F32, 0).data(64).bytes(), "has 4194304 bytes at 0, which are not");
    check(file().tensor("w", &[8], F32, u64::MAX - 31).data(64).bytes(), "not in the file");
    check(file().tensor("w", &[8], F32, 4).data(64).bytes(), "no multiple of 32");
    check(file().tensor("v", &[16], F32, 0).tensor("w", &[8], F32, 32).data(96).bytes(), "stands at (32, 64)");
    check(file().tensor("v", &[8], F32, 0).tensor("w", &[8], F32, 64).data(96).bytes(), "ends at 32");
    check(file().tensor("w", &[255], Q6_K, 0).data(256).bytes(), "has shape [255]");
    check(file().tensor("w", &[256], 23, 0).data(256).bytes(), "has type IQ4_XS");
    check(file().tensor("w", &[256], 99, 0).data(256).bytes(), "has type number 99");
    check(file().tensor("w", &[8], F32, 0).data(96).bytes(), "ends after 160 bytes, 96 were promised");
}

/// The smallest entries that a header can have, thousands of them: the index that they need is larger than they are, so it
/// is their number that has a limit.
#[test]
fn a_header_of_tiny_entries_is_held_in_a_little_for_each() {
    const ENTRY: u64 = 240;
    let keys = (0..3000u32).fold(file(), |file, i| file.key(&format!("{i:x}"), 0, &[0])).bytes();
    let tensors = (0..3000u64).fold(file(), |file, i| file.tensor(&format!("{i:x}"), &[1], F32, 32 * i));
    let tensors = tensors.data(32 * 3000).bytes();
    for (bytes, n_tensors) in [(keys, 0), (tensors, 3000)] {
        let held = allocation_counter::measure(|| {
            assert_eq!(parse(&bytes, bytes.len() as u64, 1000, &|_| ()), Ok(n_tensors));
        });
        assert!(held.bytes_max <= 2 * bytes.len() as u64 + 3000 * ENTRY, "{} for {}", held.bytes_max, bytes.len());
    }
    let many = File { n_keys: Some(5000), ..file().data(1 << 20) }.bytes();
    assert!(read(&many, many.len() as u64, 1 << 20).is_err());
}

#[test]
fn a_file_that_was_cut_is_refused_wherever_it_was_cut() {
    let whole = file().key("a", TEXT, &text(b"b")).tensor("w", &[32], Q8_0, 0).data(34).bytes();
    assert_eq!(read(&whole, whole.len() as u64, 11), Ok(1));
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut], whole.len() as u64, 11).is_err(), "{cut}");
        assert!(read(&whole[..cut], cut as u64, 11).is_err(), "{cut}");
        assert!(read(&whole[..cut], None, 11).is_err(), "{cut}");
    }
    assert!(read(&whole, whole.len() as u64 - 1, 11).is_err());
    assert_eq!(read(&whole, None, 11), Ok(1));
    // Padding after the last tensor may be there or not; more may not.
    assert_eq!(read(&[&*whole, &[0; 30]].concat(), None, 11), Ok(1));
    assert!(read(&[&*whole, &[0; 31]].concat(), None, 11).is_err());
}

#[test]
fn a_scale_that_is_no_number_is_refused() {
    let mut bytes = file().tensor("w", &[32], Q8_0, 0).data(34).bytes();
    let at = bytes.len() - 34;
    bytes[at..at + 2].copy_from_slice(&0x7e00u16.to_le_bytes());
    let (_, tensors) = gguf::read_all(&bytes).unwrap();
    assert_eq!(tensors[0].to_f32(), Err(WeightsError::NotFinite { tensor: "w".into() }));
}

#[test]
fn tensors_come_in_the_order_of_the_file_whatever_the_pieces() {
    let bytes = file().tensor("b", &[3], F32, 32).tensor("a", &[5], F32, 0).data(44).bytes();
    for piece in 1..bytes.len() {
        assert_eq!(read(&bytes, bytes.len() as u64, piece), Ok(2), "{piece}");
        assert_eq!(read(&bytes, None, piece), Ok(2), "{piece}");
    }
    let (_, tensors) = gguf::read_all(&bytes).unwrap();
    assert_eq!(tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

proptest! {
    #[test]
    fn random_bytes(tail in prop::collection::vec(any::<u8>(), 0..400), declared in any::<u64>(), piece in 1usize..64) {
        let bytes = [b"GGUF\x03\0\0\0".as_slice(), &tail].concat();
        let _ = read(&bytes, declared, piece);
        let told = read(&bytes, bytes.len() as u64, piece);
        prop_assert_eq!(read(&bytes, None, piece).is_ok(), told.is_ok());
    }

    #[test]
    fn numbers_that_lie(at in 0usize..50, number in prop_oneof![any::<u64>(), 0u64..300, Just(u64::MAX), Just(1 << 63), Just(1 << 32)], piece in 1usize..64) {
        let mut bytes = file().key("general.alignment", U32, &[32, 0, 0, 0]).tensor("v", &[2, 4], F32, 0).tensor("w", &[32], Q8_0, 32).tensor("x", &[256], Q6_K, 96).data(306).bytes();
        let at = (at * 4).min(bytes.len() - 8);
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        let told = read(&bytes, bytes.len() as u64, piece);
        prop_assert_eq!(read(&bytes, None, piece).is_ok(), told.is_ok());
    }

    #[test]
    fn one_changed_byte_of_a_real_file(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/tiny-llama/tiny-llama.gguf");
        let mut bytes = std::fs::read(path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let told = read(&bytes, bytes.len() as u64, 1000);
        prop_assert_eq!(read(&bytes, None, 1000).is_ok(), told.is_ok());
    }
}
