//! The one rule of pages.

use mockly_service::Page;
use utoipa::IntoParams;

use super::{FromQuery, QueryReader};

/// Rows of a page where the caller does not say.
const SIZE_DEFAULT: u32 = 20;
/// Most rows of a page.
pub(crate) const SIZE_MAX: u32 = 100;

/// Which part of a list.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Which page, from 0.
    #[param(minimum = 0, maximum = 2_147_483_647, default = 0, value_type = Option<u32>)]
    page: u32,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 100, default = 20, value_type = Option<u32>)]
    size: u32,
    /// The same as `size`, which goes before it.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    #[expect(dead_code, reason = "documented here, read into `size`")]
    limit: (),
}

impl FromQuery for PageQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        let page = query.number("page", 0, i64::from(i32::MAX));
        Self { page: page.and_then(|page| u32::try_from(page).ok()).unwrap_or(0), size: size(query), limit: () }
    }
}

/// Reads `size`, or `limit`, which is the same.
pub(crate) fn size(query: &mut QueryReader) -> u32 {
    let size = query.number("size", 1, i64::from(SIZE_MAX));
    let limit = query.number("limit", 1, i64::from(SIZE_MAX));
    size.or(limit).and_then(|size| u32::try_from(size).ok()).unwrap_or(SIZE_DEFAULT)
}

impl From<PageQuery> for Page {
    fn from(query: PageQuery) -> Self {
        Self { page: query.page, size: query.size }
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::read;
    use super::*;

    #[test]
    fn pages_have_defaults_and_bounds() {
        for (query, expected) in [
            ("", Some((0, 20))),
            ("page=3&size=100", Some((3, 100))),
            ("limit=5", Some((0, 5))),
            ("size=7&limit=5&other=x", Some((0, 7))),
            ("page=&size=", Some((0, 20))),
            ("size=0", None),
            ("size=101", None),
            ("page=-1", None),
            ("page=x", None),
            ("page=99999999999", None),
            ("page=1&page=2", None),
        ] {
            let found = read::<PageQuery>(query).ok().map(|page| (page.page, page.size));
            assert_eq!(found, expected, "{query}");
        }
    }
}
