//! The frames of an open session: sections "Client Frames" and "Once Connected".

use crate::output::{
    AckMode, AckTarget, Acknowledge, CloseReason, Output, Receipt, Send, Subscribe, Transaction, Unsubscribe,
};
use crate::session::{Session, State};
use crate::{Command, Frame, Headers, ProtocolError, Version};

impl Session {
    /// Translates a frame into what the driver has to do.
    pub(super) fn handle(&mut self, frame: Frame) -> Result<Output, ProtocolError> {
        let State::Open { version, .. } = self.state else {
            return self.handle_first(frame);
        };
        match frame.command {
            Command::Connect | Command::Stomp => Err(ProtocolError::AlreadyConnected),
            Command::Send => self.send(frame),
            Command::Subscribe => self.subscribe(frame, version),
            Command::Unsubscribe => self.unsubscribe(&frame, version),
            Command::Ack => Ok(Output::Ack(self.acknowledge(&frame, version)?)),
            // STOMP 1.0 knows no NACK.
            Command::Nack if version > Version::V1_0 => Ok(Output::Nack(self.acknowledge(&frame, version)?)),
            Command::Begin => self.begin(&frame),
            Command::Commit => Ok(Output::Commit(self.end_transaction(&frame)?)),
            Command::Abort => Ok(Output::Abort(self.end_transaction(&frame)?)),
            Command::Disconnect => Ok(self.disconnect(&frame, version)),
            Command::Nack | Command::Connected | Command::Message | Command::Receipt | Command::Error => {
                Err(ProtocolError::UnexpectedCommand { command: frame.command.as_str(), version })
            }
        }
    }

    fn send(&self, frame: Frame) -> Result<Output, ProtocolError> {
        Ok(Output::Send(Send {
            destination: require(&frame, "destination")?,
            transaction: self.transaction_of(&frame.headers)?,
            receipt: receipt_of(&frame),
            headers: frame.headers,
            body: frame.body,
        }))
    }

    fn subscribe(&mut self, frame: Frame, version: Version) -> Result<Output, ProtocolError> {
        let destination = require(&frame, "destination")?;
        let id = match frame.headers.find("id").filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            // STOMP 1.0, "SUBSCRIBE": the id is optional, the destination then tells subscriptions apart.
            None if version == Version::V1_0 => destination.clone(),
            None => return Err(missing(&frame, "id")),
        };
        let ack = ack_mode(&frame.headers, version)?;
        if self.subscriptions.iter().any(|open| **open == *id) {
            return Err(ProtocolError::DuplicateSubscription);
        }
        let max = self.decoder.limits().subscriptions_max;
        if self.subscriptions.len() >= max {
            return Err(ProtocolError::TooManySubscriptions { max });
        }
        self.subscriptions.push(id.as_str().into());
        let receipt = receipt_of(&frame);
        Ok(Output::Subscribe(Subscribe { id, destination, ack, headers: frame.headers, receipt }))
    }

    fn unsubscribe(&mut self, frame: &Frame, version: Version) -> Result<Output, ProtocolError> {
        let id = match frame.headers.find("id").filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            // STOMP 1.0, "UNSUBSCRIBE": either a destination or an id header.
            None if version == Version::V1_0 => require(frame, "destination")?,
            None => return Err(missing(frame, "id")),
        };
        if !remove(&mut self.subscriptions, &id) {
            return Err(ProtocolError::UnknownSubscription);
        }
        Ok(Output::Unsubscribe(Unsubscribe { id, receipt: receipt_of(frame) }))
    }

    fn acknowledge(&self, frame: &Frame, version: Version) -> Result<Acknowledge, ProtocolError> {
        let target = match version {
            Version::V1_2 => AckTarget::Ack(require(frame, "id")?),
            Version::V1_1 => AckTarget::Message {
                message_id: require(frame, "message-id")?,
                subscription: Some(require(frame, "subscription")?),
            },
            Version::V1_0 => AckTarget::Message {
                message_id: require(frame, "message-id")?,
                subscription: frame.headers.find("subscription").map(str::to_owned),
            },
        };
        let transaction = self.transaction_of(&frame.headers)?;
        Ok(Acknowledge { target, transaction, receipt: receipt_of(frame) })
    }

    fn begin(&mut self, frame: &Frame) -> Result<Output, ProtocolError> {
        let id = require(frame, "transaction")?;
        if self.transactions.iter().any(|open| **open == *id) {
            return Err(ProtocolError::DuplicateTransaction);
        }
        let max = self.decoder.limits().transactions_max;
        if self.transactions.len() >= max {
            return Err(ProtocolError::TooManyTransactions { max });
        }
        self.transactions.push(id.as_str().into());
        Ok(Output::Begin(Transaction { id, receipt: receipt_of(frame) }))
    }

    fn end_transaction(&mut self, frame: &Frame) -> Result<Transaction, ProtocolError> {
        let id = require(frame, "transaction")?;
        if !remove(&mut self.transactions, &id) {
            return Err(ProtocolError::UnknownTransaction);
        }
        Ok(Transaction { id, receipt: receipt_of(frame) })
    }

    fn disconnect(&mut self, frame: &Frame, version: Version) -> Output {
        let receipt = receipt_of(frame).map(|receipt| Receipt { is_last: true, ..receipt });
        if receipt.is_some() {
            self.state = State::Disconnecting { version };
        } else {
            self.close(CloseReason::Disconnected);
        }
        Output::Disconnect { receipt }
    }

    /// The open transaction that a frame names, if it names one.
    fn transaction_of(&self, headers: &Headers) -> Result<Option<String>, ProtocolError> {
        let Some(id) = headers.find("transaction") else {
            return Ok(None);
        };
        if self.transactions.iter().any(|open| **open == *id) {
            return Ok(Some(id.to_owned()));
        }
        Err(ProtocolError::UnknownTransaction)
    }
}

/// Takes an id off a list, which gives its memory back when it is empty.
fn remove(ids: &mut Vec<Box<str>>, id: &str) -> bool {
    let Some(place) = ids.iter().position(|open| **open == *id) else {
        return false;
    };
    ids.swap_remove(place);
    if ids.is_empty() {
        *ids = Vec::new();
    }
    true
}

fn ack_mode(headers: &Headers, version: Version) -> Result<AckMode, ProtocolError> {
    match headers.find("ack") {
        None | Some("auto") => Ok(AckMode::Auto),
        Some("client") => Ok(AckMode::Client),
        Some("client-individual") if version > Version::V1_0 => Ok(AckMode::ClientIndividual),
        Some(_) => Err(ProtocolError::InvalidAckMode),
    }
}

/// A required header; an empty one names nothing, so it counts as missing.
fn require(frame: &Frame, header: &'static str) -> Result<String, ProtocolError> {
    match frame.headers.find(header) {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(missing(frame, header)),
    }
}

const fn missing(frame: &Frame, header: &'static str) -> ProtocolError {
    ProtocolError::MissingHeader { command: frame.command.as_str(), header }
}

/// Section "Header receipt": any value is allowed, an empty one too.
fn receipt_of(frame: &Frame) -> Option<Receipt> {
    frame.headers.find("receipt").map(|id| Receipt { id: id.into(), is_last: false })
}
