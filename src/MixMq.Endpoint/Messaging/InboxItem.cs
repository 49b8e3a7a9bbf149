namespace MixMq.Endpoint.Messaging;

/// <summary>An inbox entry as the store gives it to the application's side: ready, with its position, and whether it has been consumed.</summary>
/// <param name="Entry">The entry; its state is <see cref="InboxState.Ready"/>.</param>
/// <param name="Consumed">The application has already taken it.</param>
public sealed record InboxItem(InboxEntry Entry, bool Consumed);
