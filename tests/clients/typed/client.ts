// What a client in TypeScript is written like with the types that openapi-typescript makes of the document: it need only
// compile, since the test is of the document.
import type { components, operations, paths } from './schema';

type Session = components['schemas']['SessionResponse'];
type Problem = components['schemas']['Problem'];
type Create = paths['/api/sessions']['post'];
type CreateBody = NonNullable<Create['requestBody']>['content']['application/json'];
type Created = Create['responses'][201]['content']['application/json'];
type Refused = Create['responses'][400]['content']['application/problem+json'];
type Token = operations['read_media_token']['responses'][200]['content']['application/json'];
type Listed = operations['list_sessions']['responses'][200]['content']['application/json'];
type Query = NonNullable<operations['list_sessions']['parameters']['query']>;

export function summary(session: Session): string {
  const people = session.participants.map((participant) => `${participant.userDisplayName} (${participant.role})`);
  return `${session.id} ${session.kind} ${session.status} ${session.version}: ${people.join(', ')}`;
}

export async function create(url: string, token: string, body: CreateBody): Promise<Created> {
  const response = await fetch(`${url}/api/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 201) return (await response.json()) as Created;
  const problem: Problem & Refused = await response.json();
  throw new Error(`${problem.status} ${problem.code}: ${problem.detail}`);
}

export const interview: CreateBody = { interviewerId: 'auth0|5f7c', scheduledAt: '2024-01-15T10:00:00Z' };
export const query: Query = { status: 'live', page: 0, size: 20 };
export const first = (list: Listed): Session | undefined => list.sessions[0];
export const join = ({ url, token, roomId }: Token): string => `${url} ${token} ${roomId}`;
