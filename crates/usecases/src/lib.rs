//! Application services: each driving port of the domain as one component, one use case a file.

mod audit;
mod catalogue;
mod content;
mod identity;
mod inventory;
mod messaging;
mod operations;
mod ordering;
mod payments;
mod retry;
mod slugs;

pub use audit::{VerifyAuditLogUseCase, VerifyAuditLogUseCaseParameters};
pub use catalogue::{
    CreateCategoryUseCase, CreateCategoryUseCaseParameters, CreateProductUseCase,
    CreateProductUseCaseParameters, DeleteCategoryUseCase, DeleteCategoryUseCaseParameters,
    DeleteProductUseCase, DeleteProductUseCaseParameters, EditCategoryUseCase,
    EditCategoryUseCaseParameters, EditProductUseCase, EditProductUseCaseParameters,
    WithdrawListings, WithdrawListingsParameters,
};
pub use content::{
    CreatePostUseCase, CreatePostUseCaseParameters, DeletePostUseCase, DeletePostUseCaseParameters,
    DropDrafts, DropDraftsParameters, EditPostUseCase, EditPostUseCaseParameters,
};
pub use identity::{
    AcceptPasswordUseCase, AcceptPasswordUseCaseParameters, AuthenticateUseCase,
    AuthenticateUseCaseParameters, ChangeEmailUseCase, ChangeEmailUseCaseParameters,
    ChangePasswordUseCase, ChangePasswordUseCaseParameters, CleanUpSessionsUseCase,
    CleanUpSessionsUseCaseParameters, CountingLoginGuard, CountingLoginGuardParameters,
    CreateApiKeyUseCase, CreateApiKeyUseCaseParameters, CreateUserUseCase,
    CreateUserUseCaseParameters, EditUserUseCase, EditUserUseCaseParameters, EraseUserUseCase,
    EraseUserUseCaseParameters, ExportPersonUseCase, ExportPersonUseCaseParameters, LogInUseCase,
    LogInUseCaseParameters, LogOutUseCase, LogOutUseCaseParameters, RefreshSessionUseCase,
    RefreshSessionUseCaseParameters, RegisterQuietlyUseCase, RegisterQuietlyUseCaseParameters,
    RegisterUserUseCase, RegisterUserUseCaseParameters, RequestEmailTokenUseCase,
    RequestEmailTokenUseCaseParameters, ResetPasswordUseCase, ResetPasswordUseCaseParameters,
    RevokeApiKeyUseCase, RevokeApiKeyUseCaseParameters, RevokeSessionsUseCase,
    RevokeSessionsUseCaseParameters, SendEmailToken, SendEmailTokenParameters, SendWelcome,
    SendWelcomeParameters, StepUpUseCase, StepUpUseCaseParameters, UnblockLoginUseCase,
    UnblockLoginUseCaseParameters, VerifyEmailUseCase, VerifyEmailUseCaseParameters,
};
pub use inventory::{SetStockUseCase, SetStockUseCaseParameters};
pub use messaging::{
    DeliverMailsUseCase, DeliverMailsUseCaseParameters, LogTask, LogTaskParameters,
    PushTaskUseCase, PushTaskUseCaseParameters, SettleDeadLetterUseCase,
    SettleDeadLetterUseCaseParameters,
};
pub use operations::{
    CleanUpSessionsJob, CleanUpSessionsJobParameters, ExpireOrdersJob, ExpireOrdersJobParameters,
    PurgeEventsJob, PurgeEventsJobParameters, PurgeHandledJob, PurgeHandledJobParameters,
    PurgeIdempotentAnswersJob, PurgeIdempotentAnswersJobParameters, PurgeParkedWebhooksJob,
    PurgeParkedWebhooksJobParameters, PurgeProviderEventsJob, PurgeProviderEventsJobParameters,
    PurgeTasksJob, PurgeTasksJobParameters, ReconcilePaymentsJob, ReconcilePaymentsJobParameters,
    RunJobsUseCase, RunJobsUseCaseParameters,
};
pub use ordering::{
    CancelOrderUseCase, CancelOrderUseCaseParameters, CreateCouponUseCase,
    CreateCouponUseCaseParameters, EditCouponUseCase, EditCouponUseCaseParameters,
    EditOrderUseCase, EditOrderUseCaseParameters, ExpireOrdersUseCase,
    ExpireOrdersUseCaseParameters, ForgetAddresses, ForgetAddressesParameters, FulfilOrderUseCase,
    FulfilOrderUseCaseParameters, PlaceOrderUseCase, PlaceOrderUseCaseParameters,
    SendOrderConfirmation, SendOrderConfirmationParameters,
};
pub use payments::{
    CheckPaymentUseCase, CheckPaymentUseCaseParameters, CreatePaymentUseCase,
    CreatePaymentUseCaseParameters, ExecuteOperationUseCase, ExecuteOperationUseCaseParameters,
    ExecuteRefundUseCase, ExecuteRefundUseCaseParameters, ExecuteScheduledRefund,
    ExecuteScheduledRefundParameters, OperatePaymentUseCase, OperatePaymentUseCaseParameters,
    ReceiveWebhookUseCase, ReceiveWebhookUseCaseParameters, ReconcilePaymentsUseCase,
    ReconcilePaymentsUseCaseParameters, RefundOrderUseCase, RefundOrderUseCaseParameters,
};

/// Every reaction of this crate, for a bus that has to know its queues before it connects.
pub fn subscribers() -> Vec<domain::shared::bus::Subscriber> {
    vec![
        catalogue::on_user_deleted::SUBSCRIBER,
        content::on_user_deleted::SUBSCRIBER,
        identity::on_user_registered::SUBSCRIBER,
        identity::on_email_token_requested::SUBSCRIBER,
        ordering::on_order_paid::SUBSCRIBER,
        ordering::on_user_deleted::SUBSCRIBER,
        payments::on_refund_scheduled::SUBSCRIBER,
        messaging::on_task_pushed::SUBSCRIBER,
    ]
}
