//! A teacher, a class, and those who are enrolled.

use serde_json::{Value, json};

use crate::mockly::{Mockly, TOKEN_SECRET};
use crate::people::Person;
use crate::token::{now_s, sign};

/// A teacher with a class, and its students.
#[derive(Debug, Clone)]
pub struct School {
    /// Who teaches it.
    pub teacher: Person,
    /// `student-0` and so on.
    pub students: Vec<Person>,
    /// The class's id.
    pub class: String,
}

impl School {
    /// Opens one with at most 1,000 students.
    ///
    /// # Panics
    /// When the server does not let it.
    pub async fn open(server: &Mockly, students: usize) -> Self {
        let now = now_s();
        let claims = json!({"sub": "teacher", "name": "teacher", "roles": ["teacher"], "iat": now, "exp": now + 3_600});
        let teacher = Person::with_token(server, "teacher", sign(&claims, TOKEN_SECRET));
        let class = teacher.http.post("/api/classes", &json!({"name": "Algebra"})).await.expect(201);
        let class = class["id"].as_str().expect("a class has an id").to_owned();
        let mut enrolled = Vec::with_capacity(students);
        for number in 0..students {
            enrolled.push(Person::sign_in(server, &format!("student-{number}")).await);
        }
        let ids: Vec<&str> = enrolled.iter().map(|student| student.id.as_str()).collect();
        let path = format!("/api/classes/{class}/students");
        teacher.http.post(&path, &json!({"userIds": ids})).await.expect(200);
        Self { teacher, students: enrolled, class }
    }

    /// Has the teacher create a session with those fields, and start it; gives its id.
    ///
    /// # Panics
    /// When the server does not let them.
    pub async fn start_session(&self, mut fields: Value) -> String {
        let form = json!({"classId": self.class, "title": "Fractions", "scheduledAt": "2024-01-15T10:00:00Z", "type": "lecture"});
        for (name, value) in form.as_object().expect("it is an object") {
            fields[name] = value.clone();
        }
        let session = self.teacher.http.post("/api/sessions", &fields).await.expect(201);
        let id = session["id"].as_str().expect("a session has an id").to_owned();
        self.teacher.http.post_empty(&format!("/api/sessions/{id}/start")).await.expect(200);
        id
    }
}
