//! A stream in pieces, as a network delivers it.

/// Takes the sizes of pieces off the front of an input: how many there are, then each; the rest is the stream.
pub(crate) fn sizes(input: &[u8]) -> (Vec<usize>, &[u8]) {
    let Some((count, rest)) = input.split_first() else { return (vec![1], input) };
    let (sizes, stream) = rest.split_at(usize::from(count % 5).min(rest.len()));
    (sizes.iter().map(|size| usize::from(*size)).collect(), stream)
}

/// The stream in pieces of these sizes, which repeat; byte by byte where there are none.
pub(crate) fn pieces<'a>(mut stream: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut pieces = Vec::new();
    while !stream.is_empty() {
        let (piece, rest) = stream.split_at(sizes.next().unwrap_or(1).clamp(1, stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces
}
