package org.mockly;

import java.lang.reflect.Type;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.springframework.lang.Nullable;
import org.springframework.messaging.converter.CompositeMessageConverter;
import org.springframework.messaging.converter.MappingJackson2MessageConverter;
import org.springframework.messaging.converter.StringMessageConverter;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.WebSocketClient;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;
import org.springframework.web.socket.sockjs.client.RestTemplateXhrTransport;
import org.springframework.web.socket.sockjs.client.SockJsClient;
import org.springframework.web.socket.sockjs.client.WebSocketTransport;

/**
 * Hears an interview begin and end with Spring's {@link WebSocketStompClient}, over a plain WebSocket and over every
 * transport of its {@link SockJsClient}.
 *
 * <p>{@code java -jar spring-client.jar http://localhost:8080}, where {@code mockly demo} has made its accounts.
 */
public final class SpringClient {
	private static final long SECONDS_MAX = 20;
	private static final ObjectMapper JSON = new ObjectMapper();
	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private final String server;
	private final JsonNode host;
	private final JsonNode guest;

	private SpringClient(String server) throws Exception {
		this.server = server;
		this.host = signIn("alice");
		this.guest = signIn("bob");
	}

	public static void main(String[] arguments) throws Exception {
		SpringClient client = new SpringClient(arguments[0]);
		String web = arguments[0];
		String socket = web.replaceFirst("^http", "ws");
		RestTemplateXhrTransport streaming = new RestTemplateXhrTransport();
		RestTemplateXhrTransport polling = new RestTemplateXhrTransport();
		polling.setXhrStreamingDisabled(true);
		Map<String, WebSocketClient> ways = new LinkedHashMap<>();
		ways.put("websocket", new StandardWebSocketClient());
		ways.put("sockjs websocket", sockJs(new WebSocketTransport(new StandardWebSocketClient())));
		ways.put("sockjs xhr_streaming", sockJs(streaming));
		ways.put("sockjs xhr", sockJs(polling));
		for (Map.Entry<String, WebSocketClient> way : ways.entrySet()) {
			boolean plain = way.getKey().equals("websocket");
			client.hearAnInterview(way.getValue(), plain ? socket + "/ws/websocket" : web + "/ws");
			client.isToldWhyItIsRefused(way.getValue(), plain ? socket + "/ws/websocket" : web + "/ws");
			System.out.println(way.getKey() + ": heard everything, refused in words");
		}
		// Its threads are not all daemons.
		System.exit(0);
	}

	private static SockJsClient sockJs(org.springframework.web.socket.sockjs.client.Transport transport) {
		SockJsClient client = new SockJsClient(List.of(transport));
		client.start();
		return client;
	}

	private void hearAnInterview(WebSocketClient transport, String url) throws Exception {
		String id = post("/api/sessions", token(host), Map.of(
				"interviewerId", guest.at("/user/id").asText(),
				"scheduledAt", Instant.now().toString())).get("id").asText();
		Heard heard = new Heard();
		StompSession session = connect(transport, url, token(guest), heard);
		session.setAutoReceipt(true);
		for (String topic : List.of("/topic/sessions/" + id, "/topic/users/" + guest.at("/user/id").asText() + "/sessions")) {
			CompletableFuture<Void> subscribed = new CompletableFuture<>();
			session.subscribe(topic, heard.handlerOf(topic)).addReceiptTask(() -> subscribed.complete(null));
			subscribed.get(SECONDS_MAX, TimeUnit.SECONDS);
		}
		post("/api/sessions/" + id + "/join", token(guest), Map.of());
		heard.expect("PARTICIPANT_JOINED", id);
		post("/api/sessions/" + id + "/end", token(host), Map.of());
		heard.expect("SESSION_ENDED", id);
		session.disconnect();
	}

	/** A wrong token is answered by an ERROR frame that says so. */
	private void isToldWhyItIsRefused(WebSocketClient transport, String url) throws Exception {
		Heard heard = new Heard();
		try {
			connect(transport, url, "no token", heard);
		}
		catch (Exception refused) {
			String code = heard.refusal.get(SECONDS_MAX, TimeUnit.SECONDS);
			check(code.equals("invalid-token"), "refused by " + code);
			return;
		}
		throw new IllegalStateException("a wrong token was taken");
	}

	private StompSession connect(WebSocketClient transport, String url, String token, Heard heard) throws Exception {
		ThreadPoolTaskScheduler beats = new ThreadPoolTaskScheduler();
		beats.setDaemon(true);
		beats.initialize();
		WebSocketStompClient client = new WebSocketStompClient(transport);
		client.setTaskScheduler(beats);
		client.setMessageConverter(new CompositeMessageConverter(
				List.of(new MappingJackson2MessageConverter(), new StringMessageConverter())));
		StompHeaders headers = new StompHeaders();
		headers.set("Authorization", "Bearer " + token);
		return client.connectAsync(URI.create(url), new WebSocketHttpHeaders(), headers, heard)
				.get(SECONDS_MAX, TimeUnit.SECONDS);
	}

	private JsonNode signIn(String name) throws Exception {
		return post("/api/auth/login", null,
				Map.of("email", name + "@example.org", "password", name + "-demo-2026"));
	}

	private static String token(JsonNode account) {
		return account.get("accessToken").asText();
	}

	private JsonNode post(String path, @Nullable String token, Map<String, String> body) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path))
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
		if (token != null) {
			request.header("Authorization", "Bearer " + token);
		}
		HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
		check(answer.statusCode() / 100 == 2, path + " is answered by " + answer.statusCode() + " " + answer.body());
		return answer.body().isEmpty() ? JSON.nullNode() : JSON.readTree(answer.body());
	}

	private static void check(boolean holds, String otherwise) {
		if (!holds) {
			throw new IllegalStateException(otherwise);
		}
	}

	/** What comes to one client: events by topic, and the refusal. */
	private static final class Heard extends StompSessionHandlerAdapter {
		private final Map<String, BlockingQueue<JsonNode>> byTopic = new LinkedHashMap<>();
		private final CompletableFuture<String> refusal = new CompletableFuture<>();

		StompSessionHandlerAdapter handlerOf(String topic) {
			BlockingQueue<JsonNode> queue = new LinkedBlockingQueue<>();
			byTopic.put(topic, queue);
			return new StompSessionHandlerAdapter() {
				@Override
				public Type getPayloadType(StompHeaders headers) {
					return JsonNode.class;
				}

				@Override
				public void handleFrame(StompHeaders headers, @Nullable Object payload) {
					queue.add((JsonNode) payload);
				}
			};
		}

		/** Waits on each topic for an event of this session; what else comes in between is passed over. */
		void expect(String type, String id) throws InterruptedException {
			for (Map.Entry<String, BlockingQueue<JsonNode>> topic : byTopic.entrySet()) {
				JsonNode event;
				do {
					event = topic.getValue().poll(SECONDS_MAX, TimeUnit.SECONDS);
					check(event != null, type + " did not come on " + topic.getKey());
				}
				while (!(event.get("type").asText().equals(type) && event.at("/data/id").asText().equals(id)));
			}
		}

		@Override
		public Type getPayloadType(StompHeaders headers) {
			return String.class;
		}

		@Override
		public void handleFrame(StompHeaders headers, @Nullable Object payload) {
			refusal.complete(headers.getFirst("message"));
		}

		@Override
		public void handleException(StompSession session, @Nullable StompCommand command, StompHeaders headers,
				byte[] payload, Throwable exception) {
			refusal.completeExceptionally(exception);
		}

		@Override
		public void handleTransportError(StompSession session, Throwable exception) {
			// Told by what is waited for.
		}
	}
}
