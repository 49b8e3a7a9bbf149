namespace MixMq.Endpoint.Messaging;

/// <summary>An inbox entry as the store gives it to the application's side: ready, with its position, and whether it has been consumed.</summary>
/// <param name="Entry">The entry; its state is <see cref="InboxState.Ready"/>.</param>
/// <param name="Consumed">The application has already taken it.</param>
/// <param name="Deliveries">How often it has been given to a consumer that didn't keep it.</param>
/// <param name="Damaged">It was damaged on the disk and stands in quarantine: there is no content, and its other fields may be wrong. It must not be acted upon.</param>
public sealed record InboxItem(InboxEntry Entry, bool Consumed, int Deliveries = 0, bool Damaged = false);
